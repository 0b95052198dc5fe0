/** The format of an export follows from its name; what the name does not tell is asked for, and what it contradicts is refused. */

import { beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../support/lethe.ts";
import { sandbox, tinyCsv } from "../support/sandbox.ts";

const { write, run, json } = sandbox();

beforeAll(async () => {
  write("ratings.csv", tinyCsv);
  await json("train ratings.csv --model ials --factors 2 --l2 3 --out model");
});

describe.each([
  ["out.npz", "npz"],
  ["OUT.NPZ", "npz"],
  ["a.b.safetensors", "safetensors"],
  ["out.csv", "csv"],
  ["out.csv/", "csv"],
  ["out.parquet", "parquet"],
  ["out.spark", "spark"],
  ["folder/", "spark"],
])("%s", (name, format) => {
  const ids = format === "spark" ? " --ids positions" : "";

  test(`is ${format}, and comes back as it`, async () => {
    expect(await json(`export model${ids} --out ${name}`)).toMatchObject({ format });
    const lists = format === "safetensors" || format === "spark";
    write("users.txt", "none");
    const back = await run(`import ${name} --interactions ratings.csv --loss ials --l2 3 --out back --json`);
    if (lists) expect(errorOf(back).message).toMatch(/interactions have a (user|item)/);
    else expect(JSON.parse(back.stdout)).toMatchObject({ format });
  });

  test("is replaced by a model of its format, and refused beside another", async () => {
    expect(await json(`export model${ids} --out ${name}`)).toMatchObject({ format });
    const other = format === "npz" ? "safetensors" : "npz";
    const refused = errorOf(await run(`export model --format ${other} --out ${name} --json`));
    expect(refused.code).toBe("bad-input");
    if (name !== "folder/")
      expect(refused.message).toContain(`is the name of a model as ${format}, and --format is ${other}`);
  });
});

test("a name that tells nothing asks, and the model that is there tells", async () => {
  const asked = errorOf(await run("export model --out quiet --json"));
  expect(asked).toMatchObject({
    code: "bad-input",
    message: "--out: the name quiet does not tell the --format",
    advice: "choose a name such as quiet.npz, or give --format: npz, spark, safetensors, csv, parquet",
  });
  await json("export model --format parquet --out quiet");
  expect(await json("export model --out quiet")).toMatchObject({ format: "parquet" });
});

test("files of formats that are not written are refused, whatever is asked for", async () => {
  for (const name of ["model.pth", "als.pkl", "user_factors.npy", "model.h5"])
    for (const format of ["", " --format npz"])
      expect(errorOf(await run(`export model --out ${name}${format} --json`)).message).toContain("not written here");
});
