// Starts a compiled mini-program in the browser.
import { MiniProgramEnv, type CodeSpace } from 'glass-easel-miniprogram-adapter'
import { Backend } from './backend'
import type { StageConfig } from './config'
import { defineElements } from './elements'
import { glassEasel } from './engine'
import { launchOptions, life } from './life'
import { Pages } from './pages'
import { stage } from './stage'
import { makeWx } from './wx'
import { loadFiles } from './wx/files'

/** boot registers everything and opens the page that the address names. */
export function boot(config: StageConfig, templates: () => Record<string, unknown>, loads: (() => void)[]) {
  glassEasel.globalOptions.writeIdToDOM = true
  const backend = new Backend()
  const env = new MiniProgramEnv()
  const space = env.createCodeSpace('', true)
  const engine = env.associateBackend(backend)
  const pages = new Pages(config, backend, engine, space)
  backend.onEvent(glassEasel.Event.triggerEvent)
  glassEasel.addGlobalWarningListener(warnOfOwn)
  defineElements()
  const launch = launchOptions(config)
  Object.assign(globalThis, {
    stage,
    wx: makeWx(pages, launch),
    getCurrentPages: () => pages.instances,
    // In WXS these stand for what scripts write as new RegExp and new Date.
    getRegExp: (pattern: string, flags?: string) => new RegExp(pattern, flags),
    getDate: (...args: [number]) => new Date(...args),
    ...registrars(space),
  })
  // Scripts within templates run now and find the globals.
  fillSpace(config, templates(), backend, space)
  void loadFiles().then(() => {
    for (const load of loads) load()
    life.launch(launch)
    pages.launch(launch.path, launch.query)
  })
}

function fillSpace(config: StageConfig, templates: Record<string, unknown>, backend: Backend, space: CodeSpace) {
  for (const [path, sheet] of Object.entries(config.styles)) backend.registerStyleSheetContent(path, sheet)
  space.addStyleSheet('app', 'app')
  for (const { path, scope, config: settings } of config.units) {
    space.addComponentStaticConfig(path, settings as never)
    space.addCompiledTemplate(path, { groupList: templates, content: templates[path] } as never)
    space.addStyleSheet(path, config.styles[path] === undefined ? undefined : path, scope)
  }
}

type Definition = Record<string, unknown> & { behaviors?: unknown[] }

/** registrars are the globals by which scripts make themselves known. */
function registrars(space: CodeSpace) {
  let current = ''
  const here = () => {
    if (!current) throw new Error('Page() and Component() belong into the script of a page or component')
    return current
  }
  // Behaviors named by a text, such as wx://form-field, are WeChat's own.
  const own = (definition: Definition) =>
    ({ ...definition, behaviors: definition.behaviors?.filter((behavior) => typeof behavior !== 'string') }) as never
  return {
    registering: (path: string) => {
      current = path
    },
    App: (definition: object) => life.register(definition),
    getApp: () => life.app,
    Behavior: (definition: Definition) => space.behavior().definition(own(definition)).register(),
    Component: (definition: Definition) => space.component(here()).definition(own(definition)).register(),
    Page: (definition: Definition) => space.component(here()).pageDefinition(own(definition)).register(),
  }
}

/** warnOfOwn passes on the engine's warnings about own components; WeChat accepts what libraries do, and a count to repeat by. */
function warnOfOwn(message: string, component: unknown) {
  const path = typeof component === 'string' ? component : ((component as { is?: string }).is ?? '')
  if (path && !path.includes('miniprogram_npm/') && !message.startsWith('Use number as for-list')) {
    console.warn(`${path}: ${message}`)
  }
  return false
}
