import type { Schemas } from './api'
import { again, Fault, offlineText, refusal } from './api'
import { sayDenied } from './permission'
import { serverAddress } from './server'

/** Photos and papers: taken or chosen on the phone, kept by the server, shown to those who may see them. */

/** Lets somebody take photos, or choose them too; [] if they would rather not. */
export async function choosePhotos(count: number, sourceType: ('album' | 'camera')[] = ['album', 'camera']): Promise<string[]> {
  try {
    const { tempFiles } = await wx.chooseMedia({ count, mediaType: ['image'], sizeType: ['compressed'], sourceType })
    return tempFiles.map((f) => f.tempFilePath)
  } catch (err) {
    sayDenied(err)
    return []
  }
}

/** Sends a photo. It answers the file's id. */
export function upload(path: string, key: string): Promise<string> {
  return again(false, (header) => new Promise((resolve, reject) => {
    wx.uploadFile({
      url: `${serverAddress()}/api/v1/files`, filePath: path, name: 'file', header: { ...header, 'Idempotency-Key': key }, timeout: 60_000,
      success: (res) => {
        const data = parsed(res.data)
        if (res.statusCode < 300) resolve((data as Schemas['UploadedFile']).id)
        else reject(refusal(res.statusCode, data))
      },
      fail: ({ errMsg }) => reject(/file|no such|ENOENT/i.test(errMsg.replace(/^uploadFile:fail/, ''))
        ? new Fault(410, 'photo_lost', '照片已经不在手机上了，请换一种办法再来一次') : new Fault(0, 'offline', offlineText)),
    })
  }))
}

const fetched = new Map<string, string>()

/** Where a file lies on this phone, fetched if need be. */
export async function fetchFile(id: string): Promise<string> {
  const known = fetched.get(id)
  if (known) return known
  const path = await again(false, (header) => new Promise<string>((resolve, reject) => {
    wx.downloadFile({
      url: `${serverAddress()}/api/v1/files/${encodeURIComponent(id)}`, header,
      success: (res) => (res.statusCode < 300 ? resolve(res.tempFilePath) : reject(refusal(res.statusCode, undefined))),
      fail: () => reject(new Fault(0, 'offline', offlineText)),
    })
  }))
  fetched.set(id, path)
  return path
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
