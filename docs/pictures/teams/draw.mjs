// Draws golden Adaptive Cards as pictures, with Microsoft's own renderer in headless Chromium.
//
// npm ci && npm run draw    (needs Chromium; its path may be given in CHROMIUM)
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const golden = join(here, "..", "..", "..", "tests", "teams", "golden");
const chromium = process.env.CHROMIUM ?? "chromium";
const script = (name) => readFileSync(require.resolve(name), "utf-8").replace(/<\/script/g, "<\\/script");
const renderer = script("adaptivecards/dist/adaptivecards.min.js");
const markdown = script("markdown-it/dist/markdown-it.min.js");

// What to draw, and how high it is: the browser takes pictures of one size only.
const PICTURES = [
  ["cards/session", 650],
  ["cards/digest", 420],
  ["cards/nudge", 250],
  ["forms/present", 690],
];
const WIDE = 760;

const HOST = {
  fontFamily: "Segoe UI, Noto Sans, DejaVu Sans, sans-serif",
  spacing: { small: 4, default: 8, medium: 16, large: 24, extraLarge: 32, padding: 16 },
  actions: { actionAlignment: "left", buttonSpacing: 8, maxActions: 6 },
  containerStyles: {
    default: {
      backgroundColor: "#ffffff",
      foregroundColors: {
        default: { default: "#242424", subtle: "#616161" },
        attention: { default: "#c4314b", subtle: "#c4314b" },
      },
    },
  },
};

const style = `
  body { margin: 0; padding: 16px; width: ${WIDE - 32}px; background: #f5f5f5; }
  #card { background: #fff; border: 1px solid #e0e0e0; border-radius: 8px; padding: 16px; }
  p { margin: 0 }
  .ac-actionSet > div { flex-wrap: wrap !important; row-gap: 8px }
  .ac-actionSet { overflow: visible !important }
  h1 { font: 600 18px Segoe UI, Noto Sans, DejaVu Sans, sans-serif; margin: 0 0 12px }
  .ac-pushButton { font: 600 14px Segoe UI, Noto Sans, DejaVu Sans, sans-serif; padding: 6px 12px;
    background: #fff; border: 1px solid #d1d1d1; border-radius: 4px; color: #242424 }
  .ac-pushButton.style-positive { background: #5b5fc7; border-color: #5b5fc7; color: #fff }
  .ac-input { font: 14px Segoe UI, Noto Sans, DejaVu Sans, sans-serif; border: 1px solid #d1d1d1;
    border-radius: 4px; padding: 6px 8px; box-sizing: border-box; width: 100% }
  input[type=checkbox].ac-input, .ac-input-container input[type=radio] { width: auto }`;

function page(card, title) {
  return `<!doctype html><meta charset="utf-8"><style>${style}</style>
    ${title ? `<h1>${title.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</h1>` : ""}<div id="card"></div>
    <script>${markdown}</script><script>${renderer}</script><script>
    const read = window.markdownit();
    AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
      result.outputHtml = read.render(text); result.didProcess = true; };
    const card = new AdaptiveCards.AdaptiveCard();
    card.hostConfig = new AdaptiveCards.HostConfig(${JSON.stringify(HOST)});
    card.parse(${JSON.stringify(card).replace(/</g, "\\u003c")});
    document.getElementById("card").appendChild(card.render());
    </script>`;
}

for (const [name, high] of PICTURES) {
  const found = JSON.parse(readFileSync(join(golden, `${name}.json`), "utf-8"));
  const dialog = !Array.isArray(found);
  const attached = dialog ? found.value.card : found[0].attachments[0];
  const folder = mkdtempSync(join(tmpdir(), "als-picture-"));
  const file = join(folder, "page.html");
  writeFileSync(file, page(attached.content, dialog ? found.value.title : ""));
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
