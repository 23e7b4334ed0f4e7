// nginx or Caddy in front of instances, with the file that the guide recommends; only its names, ports and certificates are replaced.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { newFolder } from './folder.ts'
import { freePort } from '../dev/free-port.ts'
import { find } from '../dev/needs.ts'
import { bound } from './spawn-bound.ts'
import { until } from './until.ts'

export type FrontProgram = 'nginx' | 'caddy'

export interface FrontOptions {
  /** URLs of the instances. */
  instances: readonly string[]
  /** The port of HTTPS. */
  port: number
  /** Changes the recommended file, to see what a missing line does. */
  edit?(configuration: string): string
}

export interface FrontProxy {
  /** `https://localhost` with the port. */
  url: string
  /** The certificate authority to trust. */
  ca: string
  stop(): Promise<void>
}

const files = { nginx: 'nginx.conf', caddy: 'Caddyfile' }
/** The line that leads a client back to its instance, in either file. */
export const STICKY = /^\s*(hash|lb_policy) .*\n/m

/** @throws when the program is not installed or does not start */
export async function startFront(
  program: FrontProgram,
  { instances, port, edit = (text) => text }: FrontOptions
): Promise<FrontProxy> {
  const command = find(program)
  if (!command) throw new Error(`There is no ${program}: npm test installs it, or says what to install.`)
  const dir = newFolder()
  const hosts = instances.map((url) => `127.0.0.1:${new URL(url).port}`)
  const recommended = edit(readFileSync(join(import.meta.dirname, '..', files[program]), 'utf8'))
  const file = join(dir, files[program])
  writeFileSync(file, await adapt[program](recommended, { hosts, port, dir }))
  makeCertificate(dir)
  const ca = readFileSync(join(dir, 'certificate.pem'), 'utf8')

  const args = program === 'nginx' ? ['-c', file, '-p', dir, '-e', 'stderr'] : ['run', '--config', file]
  const child = spawn(...bound(command, args), { env: { PATH: process.env['PATH'], HOME: dir }, stdio: 'ignore' })
  const ended = once(child, 'exit')
  async function stop() {
    child.kill('SIGKILL')
    await ended
  }
  try {
    await until(`${program} to listen`, () => accepts(port, ca))
  } catch (cause) {
    await stop()
    throw cause
  }
  return { url: `https://localhost:${port}`, ca, stop }
}

interface Place {
  /** The instances. */
  hosts: string[]
  port: number
  dir: string
}

const adapt = {
  /** The recommended file is included by nginx's own, which here is one that any user may run. */
  async nginx(recommended: string, { hosts, port, dir }: Place) {
    const site = recommended
      .replaceAll(/^.*\[::\].*\n/gm, '')
      .replace('listen 80', `listen 127.0.0.1:${await freePort()}`)
      .replace('listen 443', `listen 127.0.0.1:${port}`)
      .replace(/ssl_certificate .*/, `ssl_certificate ${dir}/certificate.pem;`)
      .replace(/ssl_certificate_key .*/, `ssl_certificate_key ${dir}/key.pem;`)
      .replaceAll('chat.example.org', 'localhost')
      .replace('server 127.0.0.1:3000;', hosts.map((host) => `server ${host};`).join(' '))
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
    return `daemon off; master_process off; pid nginx.pid; events {} http { access_log off; ${folders.join(' ')}\n${site}}`
  },
  async caddy(recommended: string, { hosts, port, dir }: Place) {
    const tls = `tls ${dir}/certificate.pem ${dir}/key.pem`
    const site = recommended
      .replace('{$PUBLIC_ORIGIN:chat.example.org} {', `https://localhost:${port} {\nbind 127.0.0.1\n${tls}`)
      .replace('{$CHAT:127.0.0.1:3000}', hosts.join(' '))
    return `{\nadmin off\nauto_https off\n}\n${site}`
  }
}

function makeCertificate(dir: string): void {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost']
  const more = ['-addext', 'subjectAltName=DNS:localhost', '-keyout', 'key.pem', '-out', 'certificate.pem']
  execFileSync('openssl', ['req', ...kind, ...more], { cwd: dir, stdio: 'ignore' })
}

function accepts(port: number, ca: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca })
    socket.once('secureConnect', () => {
      socket.end()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
