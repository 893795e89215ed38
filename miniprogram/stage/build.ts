// Builds the browser stage: compiles a mini-program's own files, unchanged,
// into a folder of static files that any web server can hand out.
//
//   node --import tsx stage/build.ts <mini-program folder> <folder to write>
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleDesk, bundlePhone } from './build/bundle'
import { iconSheet } from './build/icons'
import { Program } from './build/program'
import { compileStyles } from './build/styles'
import { compileTemplates } from './build/templates'

const here = dirname(fileURLToPath(import.meta.url))
const [source, target] = process.argv.slice(2)
if (!source || !target) {
  console.error('usage: node --import tsx stage/build.ts <mini-program folder> <folder to write>')
  process.exit(2)
}

const out = resolve(target)
const program = new Program(resolve(source))
const templates = compileTemplates(program)
const styles = compileStyles(program)
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
await bundlePhone(program, templates, styles, join(out, 'app.js'))
await bundleDesk(join(out, 'desk.js'))
writeFileSync(join(out, 'icons.css'), iconSheet(program))
for (const file of ['phone.css', 'desk.css', 'phone.html', 'index.html']) cpSync(join(here, file), join(out, file))
for (const file of program.pictures()) cpSync(join(program.root, file), join(out, file), { recursive: true })

if (program.faults.length > 0) {
  for (const fault of program.faults) console.error(fault)
  process.exit(1)
}
const bytes = readFileSync(join(out, 'app.js')).length
console.log(`${program.pages.length} pages, ${program.units.size} components, app.js ${Math.round(bytes / 1024)} kB`)
