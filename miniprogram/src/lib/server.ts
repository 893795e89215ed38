/** Where the server of the released mini-program is; set by whoever releases it (miniprogram/weapp/README.md). */
const RELEASED = 'https://falv.example.gov.cn'

/** The server's address. A development build alone can have another one set, by the storage's `apiBase`. */
export function serverAddress(): string {
  if (wx.getAccountInfoSync().miniProgram.envVersion !== 'develop') return RELEASED
  return (wx.getStorageSync('apiBase') as string) || 'http://127.0.0.1:8080'
}
