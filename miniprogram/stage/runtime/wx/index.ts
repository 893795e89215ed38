// The wx.* calls that the stage has. Any other is absent, so that whoever
// uses it is told at once.
import type { LaunchOptions } from '../life'
import type { Pages } from '../pages'
import { device } from './device'
import { dialogs } from './dialogs'
import { fileCalls } from './files'
import { media } from './media'
import { navigation } from './navigation'
import { network } from './network'
import { person } from './person'
import { storage } from './storage'

export function makeWx(pages: Pages, launch: LaunchOptions) {
  return {
    ...navigation(pages, launch),
    ...network,
    ...storage,
    ...fileCalls,
    ...dialogs,
    ...media,
    ...person,
    ...device(pages),
  }
}
