/** What a scanned code says; '' if nobody scanned. A code of the mini-program itself is told as a path. */
export async function scanned(): Promise<string> {
  try {
    const { result = '', path = '' } = await wx.scanCode({ scanType: ['qrCode', 'wxCode'] })
    return `${result} ${decodeURIComponent(path)}`.trim()
  } catch {
    return ''
  }
}
