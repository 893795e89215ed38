import { Signal } from './signal'

/** How everything looks on this phone: normal or 长辈版, and how large. */
export interface Look {
  elder: boolean
  /** Class of a page's outermost view. */
  mode: '' | 'elder'
  /** Style of a page's outermost view. */
  style: string
}

/** Told when the look has changed. */
export const lookChanged = new Signal()

const CHOSEN = 'elder'
const NORMAL_SIZE = 17 // WeChat's text size as it comes, in px
const LARGE_SIZE = 20 // from here on WeChat's own setting asks for 长辈版

export function look(): Look {
  const size = wx.getAppBaseInfo().fontSizeSetting || NORMAL_SIZE
  const chosen = wx.getStorageSync(CHOSEN) as boolean | ''
  const elder = chosen === '' ? size >= LARGE_SIZE : chosen
  const scale = Math.min(Math.max(size / NORMAL_SIZE, 1), elder ? 1.15 : 1.3)
  return { elder, mode: elder ? 'elder' : '', style: `--scale:${scale.toFixed(2)}` }
}

/** Remembers the choice on this phone. */
export function setElder(on: boolean): void {
  wx.setStorageSync(CHOSEN, on)
  lookChanged.tell()
}
