// The mini-program as it lies on disk: its pages, the components that they
// use, and what WeChat's rules say about how the two find each other.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'

export interface UnitConfig {
  component?: boolean
  styleIsolation?: string
  addGlobalClass?: boolean
  usingComponents?: Record<string, string>
  componentGenerics?: Record<string, true | { default?: string }>
  [setting: string]: unknown
}

export interface AppConfig extends UnitConfig {
  pages: string[]
  subPackages?: { root: string; pages: string[] }[]
  tabBar?: { custom?: boolean; list: { pagePath: string; text: string }[] }
  themeLocation?: string
}

/** Unit is a page or a component: four files with one name. */
export interface Unit {
  path: string
  page: boolean
  script: string
  config: UnitConfig
  using: Record<string, string>
  isolation: string
  /** The prefix of the unit's classes; units that share their styles have none. */
  scope: string | undefined
}

const pictureFile = /\.(png|jpe?g|gif|webp|svg)$/

export class Program {
  readonly app: AppConfig
  readonly theme: object
  readonly pages: string[]
  readonly units = new Map<string, Unit>()
  /** Everything that is wrong, each with file and, where known, line. */
  readonly faults: string[] = []

  constructor(readonly root: string) {
    this.app = this.json('app.json') as AppConfig
    this.theme = this.app.themeLocation ? this.json(this.app.themeLocation) : {}
    this.pages = [
      ...this.app.pages,
      ...(this.app.subPackages ?? []).flatMap((pack) => pack.pages.map((page) => posix.join(pack.root, page))),
    ]
    for (const page of this.pages) this.add(page, true)
    if (this.app.tabBar?.custom) this.add('custom-tab-bar/index', false)
  }

  has(file: string) {
    const path = join(this.root, file)
    return existsSync(path) && statSync(path).isFile()
  }

  read(file: string) {
    return readFileSync(join(this.root, file), 'utf8')
  }

  /** script finds the script file of app, page or component. */
  script(path: string) {
    return [`${path}.ts`, `${path}.js`].find((file) => this.has(file))
  }

  /** pictures lists every picture of the program's own. */
  pictures() {
    return readdirSync(this.root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => pictureFile.test(file) && !isLibrary(file),
    )
  }

  private json(file: string): object {
    try {
      return JSON.parse(this.read(file)) as object
    } catch (err) {
      throw new Error(`${file}: ${(err as Error).message}`)
    }
  }

  private add(path: string, page: boolean) {
    if (this.units.has(path)) return
    const script = this.script(path)
    if (!script) {
      this.faults.push(`${path}: there is no such ${page ? 'page' : 'component'}`)
      return
    }
    const config = (this.has(`${path}.json`) ? this.json(`${path}.json`) : {}) as UnitConfig
    const isolation = page ? 'shared' : this.isolation(path, script, config)
    const using: Record<string, string> = {}
    this.units.set(path, {
      path,
      page,
      script,
      config,
      using,
      isolation,
      scope: isolation === 'shared' ? undefined : `s${this.units.size}`,
    })
    for (const [tag, reference] of Object.entries(this.app.usingComponents ?? {})) {
      if (!isLibrary(path)) this.use(using, tag, 'app', reference)
    }
    for (const [tag, reference] of Object.entries(config.usingComponents ?? {})) this.use(using, tag, path, reference)
    for (const generic of Object.values(config.componentGenerics ?? {})) {
      if (generic === true || !generic.default) continue
      const found = this.find(path, generic.default)
      if (!found) continue
      generic.default = `/${found}`
      this.add(found, false)
    }
  }

  private use(using: Record<string, string>, tag: string, from: string, reference: string) {
    const path = this.find(from, reference)
    if (!path) {
      this.faults.push(`${from}.json: the component "${reference}" is not found`)
      return
    }
    using[tag] = `/${path}`
    this.add(path, false)
  }

  /** find resolves a reference: from the root, from the file, or from the nearest npm folder. */
  private find(from: string, reference: string) {
    const isUnit = (path: string) => this.has(`${path}.json`)
    if (reference.startsWith('/')) return [reference.slice(1)].find(isUnit)
    const folder = posix.dirname(from)
    const candidates = [posix.join(folder, reference)]
    for (let up = folder; ; up = posix.dirname(up)) {
      candidates.push(posix.join(up, 'miniprogram_npm', reference), posix.join(up, 'miniprogram_npm', reference, 'index'))
      if (up === '.') break
    }
    return candidates.find(isUnit)
  }

  /** isolation reads the style isolation from the JSON or, as WeChat does too, from the script's options. */
  private isolation(path: string, script: string, config: UnitConfig) {
    if (config.styleIsolation) return config.styleIsolation
    const text = this.read(script)
    const written = /styleIsolation:\s*['"]([\w-]+)['"]/.exec(text)?.[1]
    if (written) return written
    if (config.addGlobalClass || /addGlobalClass:\s*true/.test(text)) return 'apply-shared'
    return isLibrary(path) ? 'apply-shared' : 'isolated'
  }
}

/** isLibrary tells a package's file from the program's own. */
export function isLibrary(path: string) {
  return path.includes('miniprogram_npm/')
}
