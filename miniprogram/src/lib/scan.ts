import { sayDenied } from './permission'

/** What a scanned code says; '' if nobody scanned. A code of the mini-program itself is told as a path. */
export async function scanned(): Promise<string> {
  try {
    const { result = '', path = '' } = await wx.scanCode({ scanType: ['qrCode', 'wxCode'] })
    return `${result} ${decodeURIComponent(path)}`.trim()
  } catch (err) {
    sayDenied(err)
    return ''
  }
}

/** The village's code of 12 digits that a text names; '' if none. */
export function villageIn(text: string): string {
  return /(?:^|\D)(\d{12})(?!\d)/.exec(text)?.[1] ?? ''
}
