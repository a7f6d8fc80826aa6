// Bundles an integration and makes a component of it. Read from standard input in the project's folder, so that packages are those
// of the project. Arguments: main module, folder of the contract, output, `release` or `dev`.
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const [main, wit, output, profile] = process.argv.slice(2);
/** The exit code for a package that is not installed. */
const MISSING = 3;

async function installed(name, options) {
  try {
    return await import(name, options);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.error(error.message);
    process.exit(MISSING);
  }
}

const { default: sdk } = await installed("mortise-sdk/package.json", { with: { type: "json" } });
const esbuild = await installed("esbuild");
const { componentize } = await installed("@bytecodealliance/componentize-js");

const bundle = join(dirname(output), "bundle.js");
try {
  await esbuild.build({
    stdin: {
      contents: `import integration from ${JSON.stringify(main)};
import { component } from "mortise-sdk/component";
export const { describe, users } = component(integration);`,
      resolveDir: process.cwd(),
      sourcefile: "component",
    },
    outfile: bundle,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    external: ["mortise:*"],
    minify: profile === "release",
    keepNames: profile !== "release",
    logLevel: "warning",
  });
} catch {
  // It has said why.
  process.exit(1);
}
const { component } = await componentize({
  sourcePath: bundle,
  witPath: wit,
  worldName: "integration",
  // Time and random numbers work as they do in any other component; the rest would ask for files and a network.
  disableFeatures: ["stdio", "http", "fetch-event"],
});
await writeFile(output, component);
await writeFile(join(dirname(output), "sdk-version"), `js/${sdk.version}`);
