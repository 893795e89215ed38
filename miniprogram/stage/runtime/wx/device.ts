// What the phone is and can do.
import { life } from '../life'
import type { Pages } from '../pages'
import { fontSize, stage } from '../stage'
import { onThemeChange, theme } from '../theme'
import { call, Refusal } from './call'
import { layer, part } from './sheet'

type Listener = (value: object) => void

const networkListeners = new Set<Listener>()
for (const type of ['online', 'offline']) {
  window.addEventListener(type, () => {
    for (const listener of networkListeners) listener({ isConnected: navigator.onLine, networkType: networkType() })
  })
}

export const device = (pages: Pages) => {
  const windowInfo = () => ({
    pixelRatio: devicePixelRatio,
    screenWidth: innerWidth,
    screenHeight: innerHeight,
    windowWidth: innerWidth,
    windowHeight: pages.instances.length > 0 ? pages.top.shell.view.clientHeight : innerHeight,
    statusBarHeight: 0,
    screenTop: 0,
    safeArea: { left: 0, right: innerWidth, top: 0, bottom: innerHeight, width: innerWidth, height: innerHeight },
  })
  return {
    getWindowInfo: windowInfo,
    getDeviceInfo: () => deviceInfo,
    getAppBaseInfo: appInfo,
    getSystemSetting: () => systemSetting,
    getSystemInfoSync: () => ({ ...deviceInfo, ...appInfo(), ...systemSetting, ...windowInfo() }),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop', version: '' } }),
    getMenuButtonBoundingClientRect: () => ({
      width: 87,
      height: 32,
      top: 6,
      right: innerWidth - 7,
      bottom: 38,
      left: innerWidth - 94,
    }),
    // Nothing but what is here can be used, so asking is answered from the same list.
    canIUse: (name: string) => name.split('.')[0] in (globalThis as unknown as { wx: object }).wx,

    getNetworkType: call('getNetworkType', () => ({ networkType: networkType() })),
    onNetworkStatusChange: (listener: Listener) => void networkListeners.add(listener),
    offNetworkStatusChange: (listener?: Listener) => {
      if (listener) networkListeners.delete(listener)
      else networkListeners.clear()
    },
    onThemeChange: (listener: Listener) => onThemeChange(() => listener({ theme: theme() })),
    onAppShow: (listener: Listener) => life.onShow(listener as never),
    offAppShow: (listener: Listener) => life.offShow(listener as never),
    onAppHide: (listener: Listener) => life.onHide(listener as never),
    offAppHide: (listener: Listener) => life.offHide(listener as never),

    makePhoneCall: call('makePhoneCall', ({ phoneNumber }: { phoneNumber: string }) => dial(phoneNumber)),
    setClipboardData: call('setClipboardData', ({ data }: { data: string }) => navigator.clipboard.writeText(data)),
    vibrateShort: call('vibrateShort', () => undefined),
    hideKeyboard: call('hideKeyboard', () => (document.activeElement as HTMLElement | null)?.blur()),
    createAnimation: stillAnimation,
    getUpdateManager: () => ({
      onCheckForUpdate: () => undefined,
      onUpdateReady: () => undefined,
      onUpdateFailed: () => undefined,
      applyUpdate: () => undefined,
    }),
  }
}

const deviceInfo = { platform: 'devtools', system: 'browser', brand: 'browser', model: 'browser' }
const systemSetting = { bluetoothEnabled: false, locationEnabled: true, wifiEnabled: true, deviceOrientation: 'portrait' }
const appInfo = () => ({
  SDKVersion: '3.8.0',
  language: 'zh_CN',
  version: '8.0.50',
  theme: theme(),
  fontSizeSetting: fontSize,
  enableDebug: false,
})

const networkType = () => (navigator.onLine ? 'wifi' : 'none')

/** dial asks as a phone does before it calls. */
function dial(number: string) {
  return new Promise<void>((resolve, reject) => {
    const mask = layer('mp-mask bottom')
    const box = part('div', 'mp-sheet mp-actions')
    box.setAttribute('role', 'dialog')
    const yes = part('button', 'mp-call', `呼叫 ${number}`)
    yes.addEventListener('click', () => {
      mask.remove()
      stage.calls.push(number)
      resolve()
    })
    const no = part('button', 'mp-no', '取消')
    no.addEventListener('click', () => {
      mask.remove()
      reject(new Refusal('cancel'))
    })
    box.append(yes, no)
    mask.append(box)
  })
}

/** stillAnimation takes every step of an animation and shows none. */
function stillAnimation() {
  const animation: object = new Proxy(
    {},
    { get: (_, step) => (step === 'export' ? () => ({ actions: [] }) : () => animation) },
  )
  return animation
}
