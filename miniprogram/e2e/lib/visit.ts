import type { PhoneOptions } from './phone'
import { openPhone } from './phone'
import type { Server } from './server'
import type { Stop } from './tour'

/** openStop opens a page of the tour as whoever would, and waits until it shows something. */
export async function openStop(server: Server, stop: Stop, options: PhoneOptions = {}) {
  const phone = await openPhone(server, stop.as, {
    ...options,
    path: `${stop.page}${stop.query ? `?${stop.query}` : ''}`,
    storage: stop.stranger ? {} : await server.kept(stop.as),
  })
  await phone.settled()
  return phone
}
