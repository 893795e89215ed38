// Uploads the mini-program as a development version of a real account; README.md
// says what to set.
import { readFileSync } from 'node:fs'
import ci from 'miniprogram-ci'
import { openProject, setting } from './project.mjs'

const { WECHAT_APP_ID: appid, WECHAT_UPLOAD_KEY_FILE: keyFile, WEAPP_VERSION: version } = process.env
if (!appid || !keyFile || !version) end('请先设置 WECHAT_APP_ID、WECHAT_UPLOAD_KEY_FILE 和 WEAPP_VERSION，见 README.md。')

try {
  const project = openProject({ appid, privateKey: readFileSync(keyFile, 'utf8') })
  await ci.upload({ project, version, desc: process.env.WEAPP_DESCRIPTION ?? '', setting })
} catch (err) {
  end(`没有上传：${err.message}`)
}
console.log(`已上传 ${version}。`)
// The compiler leaves a process of its own behind, so ending is up to us.
process.exit(0)

function end(why) {
  console.error(why)
  process.exit(1)
}
