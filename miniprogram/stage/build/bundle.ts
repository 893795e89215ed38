// Puts the program's scripts, templates and styles and the stage's runtime
// into one script. Nothing in it is made from text at run time, so that it
// works under a content policy that allows scripts from files alone.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import type { Program } from './program'

const here = dirname(fileURLToPath(import.meta.url))
const shared: BuildOptions = {
  bundle: true,
  format: 'iife',
  target: 'es2022',
  // Names stay whole, so that the stack of a fault can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
  tsconfigRaw: {},
}

export async function bundlePhone(program: Program, templates: string, styles: Record<string, string>, outfile: string) {
  const units = [...program.units.values()]
  const config = {
    app: program.app,
    theme: program.theme,
    pages: program.pages,
    styles,
    units: units.map(({ path, page, scope, isolation, using, config }) => ({
      path,
      page,
      scope,
      config: { ...config, component: page ? undefined : true, styleIsolation: isolation, usingComponents: using },
    })),
  }
  const loads = units.map((unit) => `() => require(${JSON.stringify(`./${unit.script}`)})`)
  const contents = `
    import { boot } from ${JSON.stringify(join(here, '../runtime/main.ts'))}
    boot(${JSON.stringify(config)}, () => (${templates}), [() => require('./${program.script('app')}'), ${loads.join(', ')}])`
  await build({
    ...shared,
    stdin: { contents, resolveDir: program.root, loader: 'js' },
    outfile,
    nodePaths: [join(here, '../../node_modules')],
    plugins: [asWeChatLoads(program)],
  })
}

export async function bundleDesk(outfile: string) {
  await build({ ...shared, entryPoints: [join(here, '../desk.ts')], outfile })
}

/** asWeChatLoads finds packages in miniprogram_npm, and tells the runtime whose script is running. */
function asWeChatLoads(program: Program): Plugin {
  const owners = new Map([...program.units.values()].map((unit) => [join(program.root, unit.script), unit.path]))
  const isFile = (path: string) => existsSync(path) && statSync(path).isFile()
  return {
    name: 'as-wechat-loads',
    setup(bundler) {
      bundler.onResolve({ filter: /^[^./]/ }, ({ path, resolveDir }) => {
        for (let folder = resolveDir; folder.startsWith(program.root); folder = dirname(folder)) {
          for (const ending of ['', '.js', '/index.js']) {
            const file = join(folder, 'miniprogram_npm', path + ending)
            if (isFile(file)) return { path: file }
          }
        }
        return undefined
      })
      // A library may call Component() from a file that its components share,
      // so the path is set around each component's own script.
      bundler.onLoad({ filter: /\.[tj]s$/ }, ({ path }) => {
        const owner = owners.get(path)
        if (owner === undefined) return undefined
        return {
          loader: path.endsWith('.ts') ? 'ts' : 'js',
          resolveDir: dirname(path),
          contents: `registering(${JSON.stringify(owner)});${readFileSync(path, 'utf8')}\n;registering('');`,
        }
      })
    },
  }
}
