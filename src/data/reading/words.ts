/** Words for columns: what user, item, rating and time are called in headers of the field, the strictest first. */

/** What a column can be. */
export type Role = "user" | "item" | "rating" | "time" | "title" | "genres";

const list = (text: string) => text.split(/\s+/);

// Below each, one word is as good as another: where a header has two of them, somebody has to say.
const people = [
  list("user uid"),
  list(`customer client visitor member account listener reader buyer reviewer subscriber shopper player profile person
    people viewer consumer patron cust owner usr`),
  list("session household device cookie"),
];
const things = [
  list("item iid"),
  list(`movie film product song track video article recipe game book isbn asin parentasin sku anime manga show series
    episode business venue place restaurant hotel job course podcast app news story document photo image stockcode
    offer listing url paper program programme goods prod poi joke`),
  list("artist album brand musicbrainzartist band channel creator"),
];
const strictRatings = list("rating ratings");
const scores = list(`score stars star rate overall rated grade starrating overallrating reviewscore reviewoverall
  ratingscore ratingvalue`);
const deeds = list(`play listen listening click view purchase order visit watch event interaction read download
  transaction scrobble buy song track artist`);
const counts = [
  ...list(`count counts frequency freq weight weights quantity qty units value values strength preference confidence
    hours hoursplayed playtime playtimeforever watchratio timesplayed numberofplays like liked likes label`),
  ...deeds.flatMap((deed) => [`${deed}s`, ...["count", "counts", "scount"].map((end) => deed + end)]),
  ...deeds.flatMap((deed) => ["n", "num", "nb", "total"].flatMap((all) => [`${all}${deed}s`, `${all}${deed}count`])),
];
const times = list(`timestamp ts unixtimestamp time unixtime unixreviewtime datetime eventtime eventtimestamp
  ratingtimestamp ratingtime reviewtimestamp reviewtime createdat createdtime created updatedat modifiedat addedat date
  eventdate ratingdate reviewdate createddate dateadded dateupdated invoicedate orderdate purchasedate purchasetime
  transactiondate transactiontime interactiontime interactiondate listenedat playedat watchedat viewedat ratedat
  reviewedat clickedat clicktime visitedat lastplayed datetimestamp timeiso utctime logtime requesttime ordertime
  purchasedat orderedat when`);

const titles = list("title movietitle itemtitle name itemname");
const genres = list("genres genre class categories category");

// artist_id goes before artist_name, and both before nothing.
const keys = [
  "",
  "id",
  "ids",
  "key",
  "code",
  "no",
  "number",
  "num",
  "idx",
  "index",
  "hash",
  "sha1",
  "mboxsha1",
  "uuid",
];

const ofPeople = tiers(people);
const ofThings = tiers(things);
const ofRatings = ranked([strictRatings, [...scores, ...compounds()], counts]);
const ofTimes = ranked(times.map((word) => [word]));

const recognised: Record<Role, ReadonlyMap<string, number>> = {
  user: ofPeople,
  item: ofThings,
  rating: ofRatings,
  time: ofTimes,
  title: ranked([titles]),
  genres: ranked([genres]),
};

/** How strictly a column's name says that it has a role: 0 most, undefined where it does not. Case, spaces, signs and accents do not count. */
export function strictness(role: Role, name: string): number | undefined {
  return recognised[role].get(plain(name));
}

/** How much of a word for the role is within a name that is none, in letters: what to propose where nobody can be sure. */
export function likeness(role: Role, name: string): number {
  const text = plain(name);
  let most = 0;
  for (const word of recognised[role].keys())
    if (word.length > 3 && word.length > most && text.includes(word)) most = word.length;
  return most;
}

function plain(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** Each word alone or as a key goes before the word as a name. */
function tiers(groups: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  return ranked(
    groups.flatMap((words) => [
      words.flatMap((word) => keys.map((key) => word + key)),
      words.map((word) => `${word}name`),
    ]),
  );
}

function ranked(groups: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  groups.forEach((words, tier) => {
    for (const word of words) if (!found.has(word)) found.set(word, tier);
  });
  return found;
}

/** "movie rating", "user score", "my stars": a mean over all people is none. */
function compounds(): string[] {
  const owners = ["user", "my", "review", "customer", ...things.flat()];
  return owners.flatMap((owner) => ["rating", "score", "stars"].map((word) => owner + word));
}
