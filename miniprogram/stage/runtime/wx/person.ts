// Who holds the phone: the login, and what this person permits.
import { inTap } from '../gestures'
import { owner, stage } from '../stage'
import { call, Refusal } from './call'

const scopes: Record<string, string> = {
  getLocation: 'scope.userLocation',
  chooseMedia: 'scope.camera',
  scanCode: 'scope.camera',
}
const granted = new Set<string>()

export const person = {
  login: call('login', () => {
    if (!navigator.onLine) throw new Refusal('request error')
    return { code: owner }
  }),
  checkSession: call('checkSession', () => undefined),
  getSetting: call('getSetting', settings),
  openSetting: call('openSetting', settings),
  authorize: call('authorize', ({ scope }: { scope: string }) => {
    if (denied().includes(scope)) throw new Refusal('auth deny')
    granted.add(scope)
  }),

  requestSubscribeMessage: call('requestSubscribeMessage', ({ tmplIds }: { tmplIds: string[] }) => {
    if (!inTap()) throw new Refusal('can only be invoked by user TAP gesture.')
    stage.subscriptions.push(tmplIds)
    return Object.fromEntries(tmplIds.map((id) => [id, 'accept']))
  }),

  getLocation: call('getLocation', async () => {
    const { coords } = await new Promise<GeolocationPosition>((resolve, reject) =>
      navigator.geolocation.getCurrentPosition(resolve, ({ code, message }) =>
        reject(new Refusal(code === GeolocationPositionError.PERMISSION_DENIED ? 'auth deny' : message)),
      ),
    )
    granted.add('scope.userLocation')
    const { latitude, longitude, accuracy, speed, altitude } = coords
    return {
      latitude,
      longitude,
      accuracy,
      speed: speed ?? -1,
      altitude: altitude ?? 0,
      verticalAccuracy: 0,
      horizontalAccuracy: accuracy,
    }
  }),
}

function denied() {
  return [...stage.deny].map((name) => scopes[name] ?? '').filter(Boolean)
}

function settings() {
  const authSetting: Record<string, boolean> = {}
  for (const scope of granted) authSetting[scope] = true
  for (const scope of denied()) authSetting[scope] = false
  return { authSetting }
}
