// WXML and WXS, compiled by the open compiler of WeChat's component engine.
import { createRequire } from 'node:module'
import { posix } from 'node:path'
import type * as Compiler from 'glass-easel-template-compiler'
import { tags } from '../runtime/elements/tags'
import { isLibrary, type Program, type Unit } from './program'

// The package is CommonJS that reads a file beside it, which only require finds.
const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler') as typeof Compiler

const known = new Set([...tags, 'block', 'template', 'slot', 'wxs', 'import', 'include'])

/** compileTemplates answers the source of an object that holds every template. */
export function compileTemplates(program: Program) {
  const group = new TmplGroup()
  const seen = new Set<string>()

  const addTemplate = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    const file = `${path}.wxml`
    const source = program.has(file) ? program.read(file) : ''
    const warnings = group.addTmpl(path, asEngineReads(source)) as { startLine: number; message: string }[]
    // WeChat accepts what the libraries' templates are warned about.
    if (!isLibrary(path)) {
      for (const warning of warnings) program.faults.push(`${file}:${warning.startLine + 1}: ${warning.message}`)
    }
    for (const dependency of group.getDirectDependencies(path) as string[]) addTemplate(dependency)
    for (const script of group.getScriptDependencies(path) as string[]) addScript(script)
  }

  // Templates name a script without its ending, scripts name each other with it.
  const addScript = (reference: string) => {
    const path = reference.replace(/\.wxs$/, '')
    if (seen.has(`${path}.wxs`)) return
    seen.add(`${path}.wxs`)
    const source = asScript(program.read(`${path}.wxs`))
    group.addScript(path, source)
    group.addScript(`${path}.wxs`, source)
    for (const [, required] of source.matchAll(/require\(\s*['"](.+?)['"]\s*\)/g)) {
      addScript(posix.join(posix.dirname(path), required ?? ''))
    }
  }

  for (const unit of program.units.values()) {
    addTemplate(unit.path)
    if (!isLibrary(unit.path)) checkTags(program, unit)
  }
  return group.getTmplGenObjectGroups()
}

/** asEngineReads writes bindtap= as bind:tap=, the only form that the open compiler takes for an event. */
function asEngineReads(wxml: string) {
  return asScript(wxml).replace(/(\s(?:capture-)?(?:mut-bind|bind|catch))(?=[a-z][\w-]*\s*=)/g, '$1:')
}

/**
 * asScript makes two rules of WXS hold in JavaScript: a constructor is the
 * name of its type, and a string keeps the backslash of '\d'.
 */
function asScript(wxs: string) {
  return wxs
    .replace(/\.constructor\b/g, '.constructor.name')
    .replace(/getRegExp\(\s*(['"]).*?\1/g, (call) => call.replace(/(?<!\\)\\(?=[dDwWsSbB.])/g, '\\\\'))
}

/** checkTags finds tags that are neither built in nor declared; the compiler takes any. */
function checkTags(program: Program, unit: Unit) {
  const file = `${unit.path}.wxml`
  if (!program.has(file)) return
  const generics = Object.keys(unit.config.componentGenerics ?? {})
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  const markup = program
    .read(file)
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/<wxs\b[^>]*>[\s\S]*?<\/wxs>/g, blank)
    .replace(/\{\{[\s\S]*?\}\}/g, blank)
  // A whole tag at a time, since the value of an attribute may hold tags too.
  for (const match of markup.matchAll(/<([a-zA-Z][\w-]*)(?:"[^"]*"|'[^']*'|[^>"'])*>/g)) {
    const tag = match[1] ?? ''
    if (known.has(tag) || tag in unit.using || generics.includes(tag)) continue
    const line = markup.slice(0, match.index).split('\n').length
    program.faults.push(`${file}:${line}: <${tag}> is neither built in nor in usingComponents`)
  }
}
