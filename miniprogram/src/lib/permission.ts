import { tell } from './page'

/** Says why the camera or the photos cannot be used; somebody who would rather not is left in peace. */
export function sayDenied(err: unknown): void {
  if (/cancel/.test((err as { errMsg?: string }).errMsg ?? '')) return
  tell('没有允许用相机或照片。可以点右上角「…」，在「设置」里打开；也可以用别的办法。')
}
