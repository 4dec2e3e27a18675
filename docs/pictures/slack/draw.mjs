// Draws golden Block Kit JSON as pictures, with an open renderer that looks much like Slack's.
//
// npm ci && npm run draw    (needs Chromium; its path may be given in CHROMIUM)
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";

const require = createRequire(import.meta.url);
const { Message } = require("slack-blocks-to-jsx");
const here = dirname(fileURLToPath(import.meta.url));
const golden = join(here, "..", "..", "..", "tests", "slack", "golden");
const look = join(dirname(require.resolve("slack-blocks-to-jsx")), "style.css");
const chromium = process.env.CHROMIUM ?? "chromium";

// What to draw, and how high it is: the browser takes pictures of one size only.
const PICTURES = [
  ["cards/session", 660],
  ["cards/digest", 350],
  ["forms/present", 860],
];
const WIDE = 680;
const named = (user) => `@${(user.name || user.id).replace(/^U0/, "").toLowerCase()}`;

const text = (words) => words.replace(/&/g, "&amp;").replace(/</g, "&lt;");

function blocks(found) {
  return renderToStaticMarkup(
    createElement(Message, {
      blocks: found,
      logo: "data:,",
      name: "als",
      time: new Date(Date.UTC(2026, 2, 2, 9)),
      withoutWrapper: true,
      hooks: { user: named },
    }),
  );
}

function page(found) {
  if (Array.isArray(found)) return found.map((message) => blocks(message.blocks)).join("<hr>");
  const [title, submit, close] = [found.title, found.submit, found.close].map((t) => text(t.text));
  return `<h1>${title}</h1>${blocks(found.blocks)}
    <footer><span>${close}</span><b>${submit}</b></footer>`;
}

const style = `
  body { margin: 0; padding: 20px; width: ${WIDE - 40}px; background: #fff;
         font: 15px/1.47 Lato, "Noto Sans", "DejaVu Sans", sans-serif; color: #1d1c1d; }
  h1 { font-size: 22px; margin: 0 0 16px; }
  footer { display: flex; gap: 12px; justify-content: flex-end; margin-top: 20px; }
  footer > * { border: 1px solid #bbb; border-radius: 4px; padding: 6px 14px; }
  footer > b { background: #007a5a; border-color: #007a5a; color: #fff; }`;

for (const [name, high] of PICTURES) {
  const kept = readFileSync(join(golden, `${name}.json`), "utf-8");
  // The renderer takes "verbatim" for "no markup at all"; Slack only leaves bare links alone.
  const found = JSON.parse(kept, (key, value) => (key === "verbatim" ? undefined : value));
  const folder = mkdtempSync(join(tmpdir(), "als-picture-"));
  const file = join(folder, "page.html");
  const styles = `<style>${readFileSync(look, "utf-8")}</style><style>${style}</style>`;
  writeFileSync(file, `<!doctype html><meta charset="utf-8">${styles}${page(found)}`);
  const picture = join(here, `${name.split("/")[1]}.png`);
  execFileSync(
    chromium,
    ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
     `--user-data-dir=${join(folder, "browser")}`, `--window-size=${WIDE},${high}`,
     `--screenshot=${picture}`, `file://${file}`],
    { stdio: "ignore", timeout: 60_000 },
  );
  rmSync(folder, { recursive: true, force: true });
  console.log(picture);
}
