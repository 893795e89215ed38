/** The time as the server has it: a phone's own clock may be wrong by hours. */

const KEPT = 'ahead'

let ahead: number | undefined // milliseconds that the server is ahead of the phone

/** Learns from a `Date` header, which tells whole seconds. */
export function learnTime(header: string | undefined): void {
  const at = header ? Date.parse(header) : NaN
  if (Number.isNaN(at) || Math.abs(at - now().getTime()) <= 2000) return
  ahead = at - Date.now()
  wx.setStorageSync(KEPT, ahead)
}

export function now(): Date {
  ahead ??= (wx.getStorageSync(KEPT) as number) || 0
  return new Date(Date.now() + ahead)
}
