import { api } from './api'
import { loggedIn } from './session'
import { Signal } from './signal'

/** How many messages are unread, for the badge. */

export const unreadChanged = new Signal()

let count = 0

export function unread(): number {
  return count
}

export function setUnread(n: number): void {
  if (n === count) return
  count = n
  unreadChanged.tell()
}

/** Asks the server; a failure leaves the number as it was. */
export async function refreshUnread(): Promise<void> {
  if (!loggedIn()) return setUnread(0)
  await api.get('/notices', { query: { limit: 1 } }).then((list) => setUnread(list.unread), () => undefined)
}
