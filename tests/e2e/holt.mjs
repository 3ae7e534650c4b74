// A Holt of the tests' own, on a free port, with people and a few repositories in it.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const binary = process.env.HOLT_BINARY ?? resolve(import.meta.dirname, '../../build/holt');

function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

export class Holt {
  /** people: false is a hub as installed, without users. */
  static async start({ people = true, flags = [] } = {}) {
    const holt = new Holt();
    holt.flags = flags;
    holt.folder = mkdtempSync(join(tmpdir(), 'holt-e2e-'));
    holt.data = join(holt.folder, 'data');
    holt.endpoint = `http://127.0.0.1:${await freePort()}`;
    await holt.serve();
    if (!people) return holt;
    holt.cli('user', 'create', 'root', '--admin', '--password-stdin');
    for (const name of ['alice', 'bob']) holt.cli('user', 'create', name, '--password-stdin');
    holt.cli('org', 'create', 'acme', '--owner', 'alice', '--full-name', 'Acme Corporation');
    holt.token = /hf_\w+/.exec(holt.cli('token', 'create', 'alice', '--name', 'seed', '--role', 'write'))[0];
    return holt;
  }

  async serve() {
    const log = openSync(join(this.folder, 'log'), 'a');
    this.process = spawn(binary, ['serve', '--data', this.data, '--listen', this.endpoint.slice(7), ...this.flags], { stdio: ['ignore', log, log] });
    closeSync(log);
    for (let i = 0; ; i++) {
      try {
        if ((await fetch(`${this.endpoint}/readyz`)).ok) return;
      } catch {
        // not yet
      }
      if (i > 600 || this.process.exitCode !== null) throw new Error(`Holt did not start:\n${readFileSync(join(this.folder, 'log'))}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  async end() {
    this.process.kill('SIGTERM');
    await new Promise((done) => (this.process.exitCode === null ? this.process.once('exit', done) : done()));
  }

  async restart() {
    await this.end();
    await this.serve();
  }

  static password = 'correct horse battery';

  cli(...words) {
    return execFileSync(binary, [...words, '--data', this.data], { input: `${Holt.password}\n`, encoding: 'utf8' });
  }

  async api(method, path, body, headers = {}) {
    const reply = await fetch(this.endpoint + path, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...(typeof body === 'object' ? { 'Content-Type': 'application/json' } : {}), ...headers },
      body: typeof body === 'object' ? JSON.stringify(body) : body
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** files: path -> string or Uint8Array, kept in git. */
  async create(type, id, files = {}, options = {}) {
    const [organization, name] = id.split('/');
    await this.api('POST', '/api/repos/create', { type, name, organization, ...options });
    if (Object.keys(files).length) await this.commit(type, id, files);
  }

  async commit(type, id, files, summary = 'Add files', description = '') {
    const lines = [{ key: 'header', value: { summary, description } }];
    for (const [path, content] of Object.entries(files)) {
      lines.push(content === null ? { key: 'deletedFile', value: { path } } : { key: 'file', value: { path, content: Buffer.from(content).toString('base64'), encoding: 'base64' } });
    }
    return this.api('POST', `/api/${type}s/${id}/commit/main`, lines.map((line) => JSON.stringify(line)).join('\n') + '\n', { 'Content-Type': 'application/x-ndjson' });
  }

  async stop() {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
