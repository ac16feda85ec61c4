// Makes the script of the grid. With --check: is the file in the package what its sources make?
import { build } from "esbuild"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { dirname, join } from "node:path"

const here = dirname(fileURLToPath(import.meta.url))
const made = join(here, "..", "gpb", "ui", "associate", "component")
const library = join(here, "node_modules", "ag-grid-community")

/** What the script is made of; tests/test_frontend.py computes the same without node. */
function fingerprint() {
  const sources = readdirSync(join(here, "src")).sort().map(name => join("src", name))
  const digest = createHash("sha256")
  for (const name of [...sources, "build.mjs", "package-lock.json"]) digest.update(readFileSync(join(here, name)))
  return digest.digest("hex")
}

const { version } = JSON.parse(readFileSync(join(library, "package.json")))
const banner =
  `/* Made by frontend/build.mjs from sources ${fingerprint()}.\n` +
  `   Contains AG Grid Community ${version}, MIT licence: see AG-GRID-LICENSE.txt beside this file. */`
const { outputFiles } = await build({
  entryPoints: [join(here, "src", "index.js")],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  banner: { js: banner },
  write: false,
})
const files = { "grid.js": outputFiles[0].text, "AG-GRID-LICENSE.txt": readFileSync(join(library, "LICENSE.txt"), "utf8") }
for (const [name, text] of Object.entries(files)) {
  if (!process.argv.includes("--check")) writeFileSync(join(made, name), text)
  else if (readFileSync(join(made, name), "utf8") !== text) {
    console.error(`${name} is not what its sources make: run npm ci && npm run build in frontend/`)
    process.exitCode = 1
  }
}
