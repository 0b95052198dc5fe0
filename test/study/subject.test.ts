/** Laws of looking a person up that need no command line: it is stopped wherever it is. */

import { expect, test } from "vitest";
import { subjectOf } from "../../src/study/cases/subject.ts";
import { inDecimal } from "../support/events.ts";
import { expectStopsBySignal, run } from "../support/run.ts";
import { optimum, subjectNamed } from "../unlearning/subjects.ts";

test.each(["mf, squared", "mf, table L2"])(
  "of %s an abort is heard at its first, middle and last turn",
  async (name) => {
    const named = inDecimal(await optimum(subjectNamed(name)));
    const asked = { user: "1", count: 5 };
    const { without } = await subjectOf(named, asked, { kernels: run.kernels });
    // What takes long is in it.
    expect(without).toMatchObject({ method: "exact", count: 5 });
    await expectStopsBySignal((options) => subjectOf(named, asked, { kernels: run.kernels, ...options }));
  },
);
