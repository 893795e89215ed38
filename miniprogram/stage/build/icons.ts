// TDesign draws its icons from a web font on the net. The stage shows the same
// icons as CSS masks, and only those whose name some bundled file mentions.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Program } from './program'

/** iconSheet answers the sheet of all icons that the program can show. */
export function iconSheet(program: Program) {
  if (![...program.units.keys()].some((path) => path.endsWith('tdesign-miniprogram/icon/icon'))) return ''
  const folder = join(dirname(createRequire(import.meta.url).resolve('tdesign-icons-svg/package.json')), 'src')
  const mentioned = mentionedWords(program)
  return readdirSync(folder)
    .map((file) => file.replace(/\.svg$/, ''))
    .filter((name) => mentioned.has(name))
    .map((name) => rule(name, readFileSync(join(folder, `${name}.svg`), 'utf8')))
    .join('\n')
}

function mentionedWords(program: Program) {
  const words = new Set<string>()
  for (const unit of program.units.values()) {
    for (const file of [`${unit.path}.wxml`, unit.script, ...partials(program, unit.path)]) {
      if (!program.has(file)) continue
      for (const [, word] of program.read(file).matchAll(/['"`]([a-z][a-z0-9-]*)['"`]/g)) words.add(word ?? '')
    }
  }
  return words
}

/** partials lists the templates, scripts and texts that lie beside a component. */
function partials(program: Program, path: string) {
  const folder = dirname(path)
  return readdirSync(join(program.root, folder))
    .filter((file) => /\.(wxml|wxs|js|ts)$/.test(file))
    .map((file) => join(folder, file))
}

function rule(name: string, svg: string) {
  // The package writes an attribute name that no browser knows.
  const picture = encodeURIComponent(svg.replace('view-box', 'viewBox'))
  return (
    `.t-icon-${name}::before{content:""!important;display:block;width:1em;height:1em;` +
    `background:currentColor;mask:url("data:image/svg+xml,${picture}") center/contain}`
  )
}
