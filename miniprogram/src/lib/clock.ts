/** The time as the server has it: a phone's own clock may be wrong by hours. */

let ahead = 0 // milliseconds that the server is ahead of the phone

/** Learns from a `Date` header, which tells whole seconds. */
export function learnTime(header: string | undefined): void {
  const at = header ? Date.parse(header) : NaN
  if (!Number.isNaN(at) && Math.abs(at - Date.now() - ahead) > 2000) ahead = at - Date.now()
}

export function now(): Date {
  return new Date(Date.now() + ahead)
}
