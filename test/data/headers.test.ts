/** Headers of public sets tell their columns; of others the error has the list of columns to give, and it works. */

import { describe, expect, test } from "vitest";
import { type Reading, type ReadingOptions, readInteractions } from "../../src/data/reading.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();

const read = (content: string, options?: ReadingOptions) =>
  readInteractions(folder.write("headed.csv", content), options);

const first = ({ dataset: { interactions, userIds, itemIds } }: Reading) => [
  userIds.list[interactions.users[0]],
  itemIds.list[interactions.items[0]],
  interactions.ratings[0],
];

describe("headers of the field", () => {
  test.each([
    ["userId,movieId,rating,timestamp", "U,I,4,978300760"],
    ["reviewerID,asin,overall,unixReviewTime,reviewTime", 'U,I,4,1393545600,"02 28, 2014"'],
    ["user_id,parent_asin,rating,timestamp", "U,I,4,1393545600000"],
    ['"User-ID";"ISBN";"Book-Rating"', '"U";"I";"4"'],
    ["userID\tartistID\tweight", "U\tI\t4"],
    ["user\tartist-name\tartist-id\tplays", "U\tname\tI\t4"],
    ["review_id,user_id,business_id,stars,date", "r,U,I,4,2019-05-11 20:17:18"],
    ["user_id,book_id,is_read,rating,is_reviewed", "U,I,1,4,0"],
    ["app_id,helpful,date,is_recommended,hours,user_id,review_id", "I,0,2020-01-01,true,4,U,r"],
    ["customer_id,movie_id,rating,date", "U,I,4,2005-09-06"],
    ["user_id,anime_id,rating", "U,I,4"],
    ["user_id:token\tvenue_id:token\trating:float\ttimestamp:float", "U\tI\t4\t5"],
    ["Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country", "i,I,d,4,12/1/2010 8:26,2,U,UK"],
    ["user,song,plays", "U,I,4"],
    ["customer_id,product_id,quantity", "U,I,4"],
    ["Member,Track ID,Listening Count", "U,I,4"],
    ["session_id,item_id,clicks", "U,I,4"],
    ["purchase_count,sku,buyer", "4,I,U"],
    ["account;recipe_id;score", "U;I;4"],
    ["user_id,session_id,item_id,score,count", "U,s,I,4,9"],
    ["user_name,user_id,item_id,item_name,average_rating,rating", "n,U,I,m,1,4"],
    ["userId,gameId,playtime_forever", "U,I,4"],
  ])("%s", async (header, row) => {
    expect(first(await read(`${header}\n${row}\n`))).toEqual(["U", "I", 4]);
  });

  test.each([
    ["timestamp,visitorid,event,itemid,transactionid", "1433221332117,U,view,I,"],
    ["user_id,product_id,order_number,add_to_cart_order", "U,I,1,2"],
    ["reader,book", "U,I"],
    ["user,item,timestamp", "U,I,1557605838"],
  ])("%s, where no rating is needed", async (header, row) => {
    const reading = await read(`${header}\n${row}\n`, { rating: "optional" });
    expect(first(reading)).toEqual(["U", "I", 1]);
    expect(reading.dataset.interactions.times !== undefined).toBe(/timestamp/.test(header));
  });
});

describe("a header that does not tell", () => {
  /** The list that an error proposes, as a shell would pass it. */
  async function proposed(content: string, options?: ReadingOptions): Promise<string[]> {
    const error = await expectDefect(read(content, options), "line 1");
    const lists = [...(error.advice ?? "").matchAll(/`columns` ('[^']*'|[^\s;]+)/g)];
    expect(lists.length, error.advice).toBeGreaterThan(0);
    return lists.map(([, list]) => list.replaceAll("'", ""));
  }

  test.each([
    ["who,what,x,stars_given,when", "ann,dune,no,4,17", "who,what,stars_given,when"],
    ["id,person_ref,thing_ref,mark", "1,U,I,4\n2,U,J,5", "person_ref,thing_ref,mark"],
    ["usr key,thing,my mark", "U,I,4", "usr key,thing,my mark"],
    ["user,artist,track,plays", "U,a,I,4", "user,artist,track,plays"],
    ["a,a,item,rating", "U,v,I,4\nU,w,J,5", "0,item,rating"],
    ["12,user,stars", "I,U,4", "user,0,stars"],
    ['user,"x,y",stars', "U,I,4", "user,1,stars"],
  ])("%s", async (header, row, list) => {
    const content = `${header}\n${row}\n`;
    if (header === "user,artist,track,plays") return void expect(first(await read(content))).toEqual(["U", "I", 4]);
    const [columns] = await proposed(content);
    expect(columns).toBe(list);
    const reading = await read(content, { columns });
    expect([reading.rows, reading.dataset.interactions.ratings[0]]).toEqual([row.split("\n").length, 4]);
  });

  test("of two columns that are as good, each has its list", async () => {
    const content = "user,song,album_id,track,plays\nU,I,a,J,4\n";
    const lists = await proposed(content);
    expect(lists).toEqual(["user,song,plays", "user,track,plays"]);
    for (const columns of lists) expect((await read(content, { columns })).rows).toBe(1);
  });

  test("and has no rating says what takes it, or how to do without", async () => {
    const content = "user,item,day\nU,I,x\n";
    expect(await proposed(content)).toEqual(["user,item"]);
    const error = await expectDefect(read(content, { unrated: "train ials" }), "no column for the rating");
    expect(error.advice).toMatch(/^train ials; or take every rating as 1/);
    expect((await read(content, { columns: "user,item" })).rows).toBe(1);
    const [timed] = await proposed("user,item,timestamp\nU,I,1557605838\n");
    expect(timed).toBe("user,item,,timestamp");
    expect((await read("user,item,timestamp\nU,I,7\n", { columns: timed })).dataset.interactions.times?.[0]).toBe(7);
  });

  test("and is none, with too many fields: positions", async () => {
    const content = '151603712,"Skyrim","purchase",1.0,0\n151603712,"Dota",play,7.0,0\n';
    const [columns] = await proposed(content);
    expect(columns).toBe("0,1,3");
    expect((await read(content, { columns })).rows).toBe(2);
  });
});

describe("without a header", () => {
  test("times that stand third are times", async () => {
    const pairs = "1,1,1557605838\n1,2,1565690110\n";
    const reading = await read(pairs, { rating: "optional" });
    expect([...(reading.dataset.interactions.times ?? [])]).toEqual([1557605838, 1565690110]);
    expect([...reading.dataset.interactions.ratings]).toEqual([1, 1]);
    expect(reading.notes.join()).toContain("a table of user, item, time");
    const error = await expectDefect(read(pairs), "line 1", 'a time, "1557605838"', "a rating");
    expect(error.advice).toContain("`columns` 0,1,2");
    expect((await read(pairs, { columns: "0,1,2" })).dataset.interactions.ratings[0]).toBe(1557605838);
    const late = await read("1,1,2019-05-11,3.5\n1,2,2019-05-12,4\n");
    expect([first(late), late.dataset.interactions.times?.[0]]).toEqual([["1", "1", 3.5], 1557532800]);
  });

  test("two columns are users and items, unless numbers below words make these a header", async () => {
    const options = { rating: "optional" } as const;
    expect((await read("a,x\nb,y\n", options)).notes.join()).toContain("a table of user, item");
    expect(first(await read("1,7\n2,8\n", options))).toEqual(["1", "7", 1]);
    const error = await expectDefect(read("who,what\n1,7\n2,8\n", options), "line 1", "who,what");
    expect(error.advice).toContain("`columns` who,what");
  });
});
