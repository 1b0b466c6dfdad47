#!/usr/bin/env node
// The person with the phone: the link's page is read by its visible words and worked with the keyboard alone,
// with JavaScript off; the downloaded bundle then authenticates a TLS connection from an NSS database.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { promisify } from 'node:util';

import { device, launch, phone, tabTo } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { run, test } from './tap.mjs';

const execute = promisify(execFile);
const ready = { name: 'Your certificate is ready' };
const bundle = (page) => page.getByRole('link', { name: /^Download the certificate/ }).first();

async function enterPin(page, pin) {
    await tabTo(page, page.getByLabel('PIN'));
    await page.keyboard.type(pin);
    await page.keyboard.press('Enter');
}

async function download(page, link) {
    await tabTo(page, link);
    const file = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    return file;
}

async function password(page) {
    return (await page.getByLabel('1. Password').innerText()).replace(/\s/g, '');
}

test('a link is claimed with the keyboard only and without JavaScript', async ({ ferry, browser }) => {
    const link = await ferry.link('ann@example.com', '--name', 'Ann Example');
    const page = await phone(browser, 'android');
    await page.goto(link.url);
    await enterPin(page, link.pin);
    await page.getByRole('heading', ready).waitFor();
    const file = await download(page, bundle(page));
    assert.match(file.suggestedFilename(), /\.p12$/);
    ferry.bundle = ferry.file('ann.p12');
    ferry.password = await password(page);
    await copyFile(await file.path(), ferry.bundle);
    await page.context().close();
});

test('its bundle in an NSS database authenticates a TLS connection', async ({ ferry }) => {
    const database = ferry.file('nss');
    await mkdir(database);
    await execute('certutil', ['-N', '-d', database, '--empty-password']);
    await writeFile(ferry.file('password'), ferry.password);
    await execute('pk12util', ['-i', ferry.bundle, '-d', database, '-w', ferry.file('password')]);
    const { stdout } = await execute('certutil', ['-L', '-d', database]);
    const identity = stdout.split('\n').find((line) => /u,u,u\s*$/.test(line));
    const seen = await handshake(ferry, database, identity.replace(/\s+u,u,u\s*$/, ''));
    assert.match(seen, /verify depth/);
    assert.match(seen, /Ann Example/);
    assert.doesNotMatch(seen, /verify error|peer did not return/);
});

// What a TLS server that requires a certificate under our root says of the connection.
async function handshake(ferry, database, nickname) {
    const authority = ferry.file('authority');
    const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-naccept', '1', '-Verify', '3',
        '-verify_return_error', '-CAfile', `${authority}/ca/root.pem`, '-purpose', 'sslclient',
        '-cert', `${authority}/tls/https.pem`, '-key', `${authority}/tls/https.key`], { stdio: ['pipe', 'pipe', 'pipe'] });
    let seen = '';
    server.stderr.on('data', (text) => { seen += text; });
    const accepting = new Promise((resolve) => {
        server.stdout.on('data', (text) => {
            seen += text;
            const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(seen)?.[1];
            if (port)
                resolve(port);
        });
    });
    const client = spawn('tstclnt', ['-h', '127.0.0.1', '-p', await accepting, '-d', database, '-n', nickname, '-o', '-Q'],
        { stdio: 'ignore' });
    await once(server, 'exit');
    client.kill();
    return seen;
}

test('two downloads and the other name are the same bytes', async ({ ferry, browser }) => {
    const link = await ferry.link('bea@example.com');
    const page = await phone(browser, 'iphone');
    await page.goto(link.url);
    await enterPin(page, link.pin);
    await page.getByRole('heading', ready).waitFor();
    const hashes = new Set();
    for (const name of [/\.p12/, /\.p12/, /\.pfx/]) {
        const file = await download(page, page.getByRole('link', { name }).first());
        hashes.add(createHash('sha256').update(await readFile(await file.path())).digest('hex'));
    }
    assert.equal(hashes.size, 1);
    await page.context().close();
});

test('an iPhone is offered the profile first', async ({ ferry, browser }) => {
    const link = await ferry.link('cem@example.com');
    const page = await phone(browser, 'iphone');
    await page.goto(link.url);
    await enterPin(page, link.pin);
    await page.getByRole('heading', ready).waitFor();
    const file = await download(page, page.locator('main a.button').first());
    assert.match(file.suggestedFilename(), /\.mobileconfig$/);
    await page.context().close();
});

test('a wrong PIN says how many tries are left and the field says that it is wrong', async ({ ferry, browser }) => {
    const link = await ferry.link('dan@example.com');
    const page = await phone(browser, 'android');
    await page.goto(link.url);
    await enterPin(page, link.pin === '000000' ? '111111' : '000000');
    await page.getByRole('alert').getByText('You have 4 more tries.').waitFor();
    assert.equal(await page.getByLabel('PIN').getAttribute('aria-invalid'), 'true');
    await enterPin(page, link.pin);
    await page.getByRole('heading', ready).waitFor();
    await page.context().close();
});

test('reloading the page of the claim shows the same password', async ({ ferry, browser }) => {
    const link = await ferry.link('eva@example.com');
    const page = await phone(browser, 'android');
    await page.goto(link.url);
    await enterPin(page, link.pin);
    await page.getByRole('heading', ready).waitFor();
    const first = await password(page);
    await page.reload();
    assert.equal(await password(page), first);
    await page.context().close();
});

test('the other packing is one button away and keeps the password', async ({ ferry, browser }) => {
    const link = await ferry.link('fay@example.com');
    const page = await phone(browser, 'android');
    await page.goto(link.url);
    await enterPin(page, link.pin);
    await page.getByRole('heading', ready).waitFor();
    await writeFile(ferry.file('fay.password'), await password(page));
    const before = await download(page, bundle(page));
    await tabTo(page, page.getByRole('button', { name: 'Pack it the other way' }));
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Packed the other way.').waitFor();
    const after = await download(page, bundle(page));
    assert.match(await algorithms(ferry, before), /pbeWithSHA1And3-KeyTripleDES-CBC/);
    assert.match(await algorithms(ferry, after), /PBES2, PBKDF2, AES-256-CBC/);
    await page.context().close();
});

async function algorithms(ferry, file) {
    const { stderr } = await execute('openssl', ['pkcs12', '-in', await file.path(), '-info', '-noout', '-passin',
        `file:${ferry.file('fay.password')}`]);
    return stderr;
}

test('the copy button copies the password where there is JavaScript', async ({ ferry, browser }) => {
    const link = await ferry.link('gus@example.com');
    const page = await phone(browser, 'android', { javaScriptEnabled: true, permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(link.url);
    await enterPin(page, link.pin);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await password(page));
    await page.context().close();
});

test('a German browser reads German', async ({ ferry, browser }) => {
    const link = await ferry.link('ida@example.com');
    const page = await phone(browser, 'android', { locale: 'de-DE' });
    await page.goto(link.url);
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    await page.getByLabel('PIN').fill(link.pin);
    await page.getByRole('button').first().click();
    await page.getByRole('heading', { name: /Zertifikat/ }).first().waitFor();
    await page.context().close();
});

test('what another browser may see of a claimed link is when it was claimed, not its password', async ({ ferry, browser }) => {
    const link = await ferry.link('kim@example.com');
    const page = await phone(browser, 'android');
    await page.goto(link.url);
    await enterPin(page, link.pin);
    await page.getByRole('heading', ready).waitFor();
    const secret = await password(page);
    await page.context().close();
    const other = await device(browser, 'windows');
    await other.goto(link.url);
    assert.ok(!(await other.content()).includes(secret));
    await other.context().close();
});

const ferry = await Ferry.start({}, null);
const browser = await launch();
try {
    await run({ ferry, browser });
} finally {
    await browser.close();
    await ferry.stop();
}
