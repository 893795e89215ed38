import { Fault } from '../lib/api'
import { person } from '../lib/session'

/** The code of the village for which somebody works. */
export function myVillage(): string {
  const who = person()
  if (!who) throw new Fault(-1, 'login_needed', '登录以后才能看')
  return who.village ?? ''
}
