// WXSS as the browser reads it: lengths in rpx, tags of built-in elements,
// :host, and a class prefix for each component whose styles are its own.
import { posix } from 'node:path'
import postcss, { type AtRule } from 'postcss'
import selectorParser from 'postcss-selector-parser'
import { tags } from '../runtime/elements/tags'
import { inBrowserUnits } from '../runtime/units'
import type { Program } from './program'

const builtIn = new Set<string>(tags)

/** compileStyles answers the sheet of the app and of each page and component that has one. */
export function compileStyles(program: Program) {
  const sheets: Record<string, string> = { app: compile(program, 'app.wxss', undefined) }
  for (const unit of program.units.values()) {
    const sheet = compile(program, `${unit.path}.wxss`, unit.scope)
    if (sheet) sheets[unit.path] = sheet
  }
  return sheets
}

function compile(program: Program, file: string, scope: string | undefined) {
  const sheet = postcss.parse(inline(program, file, new Set()), { from: file })
  sheet.walkDecls((declaration) => {
    declaration.value = inBrowserUnits(declaration.value)
  })
  sheet.walkAtRules((rule) => {
    // Libraries draw their icons by a web font on the net; icons.css has them as pictures.
    if (rule.name === 'font-face') rule.remove()
    else rule.params = rule.params.replace(/([\d.]+)rpx\b/g, (_, n: string) => `${Number(n) / 2}px`)
  })
  const selectors = selectorParser((root) => {
    root.walk((node) => {
      if (node.type === 'tag' && builtIn.has(node.value)) node.value = `wx-${node.value}`
      else if (node.type === 'class' && scope) node.value = `${scope}--${node.value}`
      else if (node.type === 'pseudo' && node.value === ':host' && scope) {
        node.replaceWith(
          selectorParser.attribute({ attribute: 'wx-host', operator: '=', value: scope, quoteMark: '"', raws: {} }),
        )
      }
    })
  })
  sheet.walkRules((rule) => {
    const parent = rule.parent as AtRule | undefined
    if (parent?.type === 'atrule' && parent.name.endsWith('keyframes')) return
    rule.selector = selectors.processSync(rule.selector)
  })
  return sheet.toString()
}

/** inline puts what a sheet imports in the place of the import, each file once. */
function inline(program: Program, file: string, seen: Set<string>): string {
  if (seen.has(file) || !program.has(file)) return ''
  seen.add(file)
  return program.read(file).replace(/@import\s+(?:url\()?['"](.+?)['"]\)?\s*;/g, (_, reference: string) => {
    const path = reference.startsWith('/') ? reference.slice(1) : posix.join(posix.dirname(file), reference)
    if (!program.has(path)) program.faults.push(`${file}: the import "${reference}" is not found`)
    return inline(program, path, seen)
  })
}
