// Takes the pictures of docs/images of what Phoenix shows: `take.mjs HOME FOLDER`.
//
// Phoenix is at PHOENIX_URL and has the traces of the examples `tools` and
// `openai_stream`; the browser is $CHROMIUM, else chromium.

import { createRequire } from "node:module";
import path from "node:path";

const [home, folder] = process.argv.slice(2);
const { chromium } = createRequire(path.join(home, "package.json"))("playwright-core");
const phoenix = process.env.PHOENIX_URL;

async function ask(where) {
  return (await (await fetch(phoenix + where)).json()).data;
}

async function waitFor(isThere) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const span = (await ask("/v1/projects/default/spans?limit=100")).find(isThere);
    if (span) return span;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("no such span within a minute");
}

const has = (name) => (span) => span.events.some((event) => event.name === name);
const asking = await waitFor((span) => has("gen_ai.tool.call")(span) && span.parent_id);
const retried = await waitFor(has("gen_ai.retry"));
const [project] = await ask("/v1/projects");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1500, height: 900 } });

async function picture(span, tab, name) {
  const selected = `?selectedSpanNodeId=${encodeURIComponent(span.id)}`;
  const trace = `/projects/${project.id}/traces/${span.context.trace_id}${selected}`;
  await page.goto(phoenix + trace, { waitUntil: "networkidle" });
  await page.getByRole("tab", { name: tab }).click();
  // Panels slide in.
  await page.waitForTimeout(1500);
  const clip = { x: 375, y: 47, width: 1125, height: name === "trace" ? 853 : 490 };
  await page.screenshot({ path: path.join(folder, `${name}.png`), clip });
}

await picture(asking, "Info", "trace");
await picture(retried, "Events", "moments");
await browser.close();
