import type { PhoneOptions } from './phone'
import { openPhone } from './phone'
import type { Server } from './server'
import type { Stop } from './tour'

/** openStop opens a page of the tour as whoever would, and waits until it shows something. */
export async function openStop(server: Server, stop: Stop, options: PhoneOptions = {}) {
  const session = stop.stranger ? undefined : (await server.api(stop.as)).session
  const phone = await openPhone(server, stop.as, {
    ...options,
    path: `${stop.page}${stop.query ? `?${stop.query}` : ''}`,
    storage: { ...(session ? { session } : {}), looking: true },
  })
  await phone.settled()
  return phone
}
