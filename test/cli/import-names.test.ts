/** Tables by other names than usual: what the refusal says to give is a flag that works. */

import { expect, test } from "vitest";
import { printTensors } from "../../src/exchange/foreign/safetensors-directory.ts";
import { errorOf } from "../support/lethe.ts";
import { sandbox } from "../support/sandbox.ts";

const { write, run, json } = sandbox();

function save(name: string, users: string, items: string): void {
  const header = printTensors(
    [
      [users, [2, 1]],
      [items, [2, 1]],
    ],
    "F32",
    {},
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  write(name, Buffer.concat([length, header, Buffer.from(Float32Array.of(1, 2, 1, 2).buffer)]));
}

test("the flag and the value of the advice lead on, one after the other", async () => {
  write("ratings.csv", "user,item,rating\n0,0,1\n0,1,2\n1,0,2\n1,1,4\n");
  save("towers", "left.users.table", "left.films.table");
  let args = "import towers --interactions ratings.csv --loss mf --l2 0.1 --out model";
  for (const flag of ["--user-tensor", "--item-tensor"]) {
    const { code, advice } = errorOf(await run(`${args} --json`));
    const value = new RegExp(`such as ${flag} "([^"]+)"`).exec(advice ?? "")?.[1];
    expect([code, value], advice ?? "").toEqual(["bad-input", expect.any(String)]);
    args += ` ${flag} ${value}`;
  }
  expect(args).toContain("--user-tensor left.users.table --item-tensor left.films.table");
  expect(await json(args)).toMatchObject({ users: 2, items: 2, factors: 1, passedOver: [] });
});

test("names are refused where a format has none", async () => {
  write("ratings.csv", "user,item,rating\na,x,1\n");
  write("tables.users.csv", "id,f0\na,1\n");
  write("tables.items.csv", "id,f0\nx,1\n");
  const args = "import tables --interactions ratings.csv --loss mf --l2 0.1 --out model --user-tensor users";
  expect(errorOf(await run(`${args} --json`))).toMatchObject({
    code: "bad-input",
    message: expect.stringContaining("a model as csv has no names to choose among"),
  });
});
