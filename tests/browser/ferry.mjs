// A real authority and server in a folder of its own, driven through the command line as an admin would.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const program = process.env.CERTFERRY;
// Beside the server without sanitizers: those find mistakes of a command in its own tests.
const commands = process.env.CERTFERRY_RELEASE ?? program;

async function readyPorts(file, server) {
    for (let tries = 0; tries < 3000; tries++) {
        if (server.exitCode !== null)
            throw new Error(`serve ended with ${server.exitCode}`);
        const text = await readFile(file, 'utf8').catch(() => '');
        if (text.endsWith('\n'))
            return JSON.parse(text);
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('serve did not say that it is ready');
}

export class Ferry {
    // `settings` are CERTFERRY_SECTION_KEY overrides of the configuration. `keys` are those of the CAs and of users,
    // small ones; null leaves both to the program.
    static async start(settings = {}, keys = 'ec-p256') {
        const ferry = new Ferry();
        ferry.folder = await mkdtemp(join(tmpdir(), 'certferry-browser-'));
        ferry.environment = { ...process.env, CERTFERRY_HTTP_PORT: '0', CERTFERRY_HTTPS_PORT: '0',
            CERTFERRY_EAS_PORT: '0', CERTFERRY_INTERNAL_PORT: '0', ...(keys && { CERTFERRY_BUNDLE_KEY: keys }),
            ...settings };
        const authority = join(ferry.folder, 'authority');
        ferry.authority = JSON.parse(await ferry.command('init', authority, '--name', 'Example Organisation',
            '--host', '127.0.0.1', '--json', ...(keys ? ['--key', keys] : [])));
        ferry.config = join(authority, 'certferry.conf');
        await ferry.serve();
        return ferry;
    }

    async serve() {
        const ready = join(this.folder, 'ready.json');
        await rm(ready, { force: true });
        this.server = spawn(program, ['-c', this.config, 'serve', '--ready-file', ready],
            { env: this.environment, stdio: ['ignore', 'ignore', 'inherit'] });
        const ports = await readyPorts(ready, this.server);
        this.http = `http://127.0.0.1:${ports.http}`;
        this.https = `https://127.0.0.1:${ports.https}`;
        this.easPort = String(ports.eas);
    }

    async command(...words) {
        const { stdout } = await execute(commands, this.config ? ['-c', this.config, ...words] : words,
            { env: this.environment });
        return stdout;
    }

    // {id, url, pin, ...}, the address as the listener of this run has it.
    async link(user, ...options) {
        const link = JSON.parse(await this.command('link', 'create', user, '--json', ...options));
        return { ...link, url: this.https + new URL(link.url).pathname };
    }

    file(name) {
        return join(this.folder, name);
    }

    async stop() {
        const ended = new Promise((resolve) => this.server.once('exit', resolve));
        this.server.kill('SIGTERM');
        const code = await ended;
        await rm(this.folder, { recursive: true });
        if (code !== 0)
            throw new Error(`serve ended with ${code}`);
    }
}
