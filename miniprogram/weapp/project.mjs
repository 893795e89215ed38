// The mini-program as the official compiler takes it: the folder above this
// one, by its own project.config.json.
import { fileURLToPath } from 'node:url'
import ci from 'miniprogram-ci'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** setting has everything compiled as the developer tools do it. */
export const setting = { useProjectConfig: true }

/** openProject opens the project in somebody's name. */
export function openProject(identity) {
  return new ci.Project({
    type: 'miniProgram',
    projectPath: root,
    ignores: ['{contract,e2e,node_modules,stage,test,weapp}/**/*'],
    ...identity,
  })
}
