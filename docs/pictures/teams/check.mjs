// Checks the app package's manifest against Microsoft's schema of its version.
//
// als manifest teams --app-id … --out als.zip && unzip -p als.zip manifest.json > manifest.json
// npm ci && npm run check -- manifest.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import Ajv from "ajv";
import formats from "ajv-formats";

const require = createRequire(import.meta.url);
const manifest = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const build = dirname(require.resolve("@microsoft/app-manifest"));
const schemas = join(build.slice(0, build.lastIndexOf("build")), "build", "json-schemas", "teams");
const found = join(schemas, `v${manifest.manifestVersion}`, "MicrosoftTeams.schema.json");
const schema = JSON.parse(readFileSync(found, "utf-8"));
delete schema.$schema; // draft 4 in name; nothing of it needs another reader
const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
formats(ajv);
const valid = ajv.validate(schema, manifest);
for (const error of ajv.errors ?? []) console.error(error.instancePath || "/", error.message);
console.log(valid ? `manifest ${manifest.manifestVersion}: valid` : "not valid");
process.exit(valid ? 0 : 1);
