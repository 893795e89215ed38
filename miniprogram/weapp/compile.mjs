// Compiles the mini-program with the official compiler, without an account, and
// holds its packages to the sizes that WeChat takes.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ci from 'miniprogram-ci'
import { openProject, root, setting } from './project.mjs'

const output = join(root, '../bin/weapp.zip')
const packageLimit = 2 * 1024 * 1024
const totalLimit = 20 * 1024 * 1024
const firstPageLimit = 300 * 1024 // ours, not WeChat's: what is read before anything is seen
const mainPackage = 'main package'

try {
  const files = await compile()
  const sizes = sizesOf(files)
  const first = firstPage(files)
  process.stdout.write(`${table(sizes)}${'first page'.padEnd(16)}${kB(first).padStart(8)} of ${kB(firstPageLimit)} kB\n`)
  const faults = [...tooLarge(sizes), ...(first > firstPageLimit ? ['Too large: what the first page needs.'] : [])]
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  // The compiler leaves a process of its own behind, so ending is up to us.
  process.exit(faults.length > 0 ? 1 : 0)
} catch (err) {
  process.stderr.write(`The official compiler refuses the mini-program.\n${err.path ?? ''} ${err.message}\n`)
  process.exit(1)
}

/** compile answers the compiled files, content by path. */
async function compile() {
  // The compiler reports every file that it touches, and cries out where WeChat
  // cannot be reached, though it goes on without. What is wrong it throws.
  for (const way of ['log', 'info', 'debug', 'warn']) console[way] = () => {}
  // WeChat is asked for nothing: the usual limits stand in for the account's
  // own, and the key, which only signs what is sent, is never used.
  const project = openProject({ privateKey: 'unused', attr: async () => ci.DefaultProjectAttr })
  return ci.getCompiledResult({ project, version: '0.0.0', setting }, output)
}

/** sizesOf adds the files up by the package that each belongs to. */
function sizesOf(files) {
  const app = JSON.parse(readFileSync(join(root, 'src/app.json'), 'utf8'))
  const roots = app.subPackages.map((pack) => `${pack.root}/`)
  const sizes = new Map([mainPackage, ...roots].map((name) => [name, 0]))
  for (const [path, content] of Object.entries(files)) {
    const name = roots.find((root) => path.startsWith(root)) ?? mainPackage
    sizes.set(name, sizes.get(name) + Buffer.byteLength(content))
  }
  return sizes
}

/** firstPage adds up what the first page needs: the program, its modules, the page and its components. */
function firstPage(files) {
  const app = JSON.parse(readFileSync(join(root, 'src/app.json'), 'utf8'))
  const folders = new Set(['lib', 'custom-tab-bar', '@babel', 'miniprogram_npm/tdesign-miniprogram/common', 'miniprogram_npm/tdesign-miniprogram/miniprogram_npm'])
  const take = (path) => {
    if (folders.has(dirname(path))) return
    folders.add(dirname(path))
    const { usingComponents = {} } = JSON.parse(readFileSync(join(root, 'src', `${path}.json`), 'utf8'))
    Object.values(usingComponents).forEach((used) => take(componentPath(path, used)))
  }
  take(app.pages[0])
  Object.values(app.usingComponents).forEach((used) => take(componentPath('app', used)))
  const needed = Object.entries(files).filter(([path]) => !path.includes('/') || [...folders].some((folder) => path.startsWith(`${folder}/`)))
  return needed.reduce((sum, [, content]) => sum + Buffer.byteLength(content), 0)
}

/** componentPath finds a component as WeChat does: from the root, in the library, or beside whoever uses it. */
function componentPath(from, used) {
  if (used.startsWith('/')) return used.slice(1)
  return used.startsWith('tdesign-miniprogram/') ? `miniprogram_npm/${used}` : join(dirname(from), used)
}

function table(sizes) {
  const rows = [...sizes].map(([name, bytes]) => [name, bytes, packageLimit])
  rows.push(['all', total(sizes), totalLimit])
  return rows.map(([name, bytes, limit]) => `${name.padEnd(16)}${kB(bytes).padStart(8)} of ${kB(limit)} kB\n`).join('')
}

function tooLarge(sizes) {
  const faults = [...sizes].filter(([, bytes]) => bytes > packageLimit).map(([name]) => `Too large: ${name}.`)
  return total(sizes) > totalLimit ? [...faults, 'Too large: all packages together.'] : faults
}

function total(sizes) {
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}

function kB(bytes) {
  return String(Math.ceil(bytes / 1024))
}
