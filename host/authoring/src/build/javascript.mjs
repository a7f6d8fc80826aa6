// Bundles an integration and makes a component of it, unless the existing one was made of the same sources and tools.
// Node reads this from standard input in the project's folder, so that packages are those of the project. Arguments:
// main module, folder for the output of the build, and what the host itself adds to the component.
//
// The folder gets `component.wasm`, and `made.next` with a digest of what it was made of and the version of the SDK.
// Without a `made.next` the component is the one of `made`.
import childProcess from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [main, work, ofHost] = process.argv.slice(2);
/** The exit code for a package that is not installed. */
const MISSING = 3;
const COMPONENTIZE = "@bytecodealliance/componentize-js";

async function installed(load) {
  try {
    return await load();
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.error(error.message);
    process.exit(MISSING);
  }
}

const { default: sdk } = await installed(() => import("mortise-sdk/package.json", { with: { type: "json" } }));
const esbuild = await installed(() => import("esbuild"));
const componentizer = await installed(async () => import.meta.resolve(COMPONENTIZE));

const bundle = await bundled();
const made = [digest(ofHost, bundle, ...toolVersions()), `js/${sdk.version}`].join("\n");
rmSync(join(work, "made.next"), { force: true });
if (!existsSync(join(work, "component.wasm")) || read("made") !== made) {
  // An unfinished component is made again.
  rmSync(join(work, "made"), { force: true });
  writeFileSync(join(work, "bundle.js"), bundle);
  writeFileSync(join(work, "component.wasm"), await componentized());
  writeFileSync(join(work, "made.next"), made);
}

/** The program as one file, with the names that the author gave: they are in the traces of failures. */
async function bundled() {
  const { outputFiles, metafile } = await esbuild
    .build({
      stdin: {
        contents: `import integration from ${JSON.stringify(main)};
import { component } from "mortise-sdk/component";
export const { describe, users } = component(integration);`,
        resolveDir: process.cwd(),
        sourcefile: "component",
      },
      outfile: join(work, "bundle.js"),
      write: false,
      metafile: true,
      bundle: true,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      target: "es2022",
      external: ["mortise:*"],
      legalComments: "none",
      logLevel: "warning",
    })
    // The tool has printed the reason.
    .catch(() => process.exit(1));
  // The path of a module outside the project, such as a linked package, is shown without the author's folders.
  const outside = Object.keys(metafile.inputs).filter((path) => path.startsWith("../"));
  const inside = (path) => path.replace(/^.*\/(?=node_modules\/)|^(?!.*node_modules\/).*\//, "");
  return outside.reduce((text, path) => text.replaceAll(path, inside(path)), outputFiles[0].text);
}

/** What makes a component of the bundle. */
function toolVersions() {
  const tool = createRequire(componentizer);
  const others = ["wizer", "jco"].map((name) => tool.resolve(`@bytecodealliance/${name}`));
  return [fileURLToPath(componentizer), ...others].map((file) => {
    const folder = ancestors(dirname(file)).find((folder) => existsSync(join(folder, "package.json")));
    return folder === undefined ? "" : readFileSync(join(folder, "package.json"), "utf8");
  });
}

function ancestors(folder) {
  return folder === dirname(folder) ? [folder] : [folder, ...ancestors(dirname(folder))];
}

function digest(...texts) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text);
  return hash.digest("hex");
}

function read(name) {
  return existsSync(join(work, name)) ? readFileSync(join(work, name), "utf8") : undefined;
}

async function componentized() {
  runReproducibly();
  const { componentize } = await import(componentizer);
  // The interpreter gives the program the name by which it is called here.
  process.chdir(work);
  const { component } = await componentize({
    sourcePath: join(work, "bundle.js"),
    witPath: join(work, "wit"),
    worldName: "integration",
    // Time and random numbers work as in any other component. The rest would ask for files and a network.
    disableFeatures: ["stdio", "http", "fetch-event"],
  });
  return component;
}

/**
 * The component is an image of the interpreter's memory after it has read the program. `wizer`, which takes the image, gives the interpreter
 * the host's clock and random numbers, and the tool a folder of a random name. All three would be in the image, so that no two builds were
 * the same (ComponentizeJS issue 321): the interpreter gets folders of fixed names here, and for as long as `wizer` runs it asks for neither.
 */
function runReproducibly() {
  const { spawnSync } = childProcess;
  childProcess.spawnSync = (program, args, options) => {
    const [input, output] = [args.at(-1), args.find((arg) => arg.startsWith("-o="))?.slice(3)];
    const folder = args.find((arg) => arg.startsWith("--dir="))?.slice(6);
    if (output === undefined || folder === undefined) return spawnSync(program, args, options);
    const mapped = args.map((arg) => (arg === `--dir=${folder}` ? `--mapdir=/sources::${folder}` : arg));
    const named = options.input.replaceAll(folder, "/sources").replaceAll(`${work}/`, "/");
    const isFixed = exchange(input, ({ asks, stands }) => [asks, stands]);
    if (!isFixed) console.error("this version of componentize-js makes components that differ from build to build");
    const ran = spawnSync(program, mapped, { ...options, input: named });
    if (isFixed && ran.status === 0 && !exchange(output, ({ asks, stands }) => [stands, asks])) {
      throw new Error("the component cannot get its time and random numbers back");
    }
    return ran;
  };
  syncBuiltinESMExports();
}

/** Writes other instructions into a module in the place of ones that it has once; `false`, and nothing is written, if it has not. */
function exchange(file, fromTo) {
  const module = readFileSync(file);
  for (const call of calls(module)) {
    const [from, to] = fromTo(call);
    const at = module.indexOf(from);
    if (at < 0 || module.indexOf(from, at + 1) >= 0) return false;
    to.copy(module, at);
  }
  writeFileSync(file, module);
  return true;
}

/** The calls by which the interpreter asks for time and random numbers, and what stands there meanwhile: as long, with the same result. */
function calls(module) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(module)).filter(({ kind }) => kind === "function");
  const call = (name) => {
    const index = imports.findIndex(({ module, name: of }) => module === "wasi_snapshot_preview1" && of === name);
    return [0x10, ...leb128(index)];
  };
  const [LOCAL, I32, I64, STORE_I64, FILL, DROP, NOP] = [0x20, 0x41, 0x42, [0x37, 3, 0], [0xfc, 0x0b, 0], 0x1a, 0x01];
  const masked = [I32, 0xff, 0xff, 3, 0x71];
  const exchanged = [
    // Bytes for any request: ones, because zeroes are not a seed.
    [[LOCAL, 0, LOCAL, 1, ...call("random_get"), ...masked], [LOCAL, 0, I32, 1, LOCAL, 1, ...FILL, I32, 0]],
    // The guard of the stack: fails with the address that it should be written to. The guard is then a constant.
    [[I32, 12, 0x6a, I32, 4, ...call("random_get"), 0x21], [I32, 12, 0x6a, I32, 4, DROP, NOP, 0x21]],
    // The time: the beginning of 1970.
    [[LOCAL, 0, I64, 1, LOCAL, 1, ...call("clock_time_get"), ...masked], [LOCAL, 1, I64, 0, ...STORE_I64, I32, 0]],
  ];
  return exchanged.map(([asks, stands]) => ({
    asks: Buffer.from(asks),
    stands: Buffer.from([...stands, ...Array(asks.length - stands.length).fill(NOP)]),
  }));
}

/** An unsigned number as WebAssembly writes it. */
function leb128(number) {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...leb128(number >>> 7)];
}
