#!/usr/bin/env node
// The help desk on the telephone: phones step by step in the live view, and what the pages say of them afterwards.
import assert from 'node:assert/strict';
import { launch, tabTo } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { faults, logIn, pictures } from './operator.mjs';
import { Phone } from './phone.mjs';
import { run, test } from './tap.mjs';

const ferry = await Ferry.start();
const browser = await launch();
const page = await logIn(browser, ferry);
const watch = (user) => `${ferry.https}/admin/devices/live?user=${encodeURIComponent(user)}`;
const news = page.getByRole('status');

// Nothing of the page is loaded again but its parts.
async function staysOpen(body) {
    await page.evaluate(() => { globalThis.stayed = true; });
    await body();
    assert.equal(await page.evaluate(() => globalThis.stayed), true);
}

async function addressOf(user) {
    await page.goto(`${ferry.https}/admin/devices?search=${encodeURIComponent(user)}`);
    return page.getByRole('rowheader').getByRole('link', { name: user }).first().getAttribute('href');
}

test('a good set-up shows step by step, without loading the page again', async () => {
    const phone = await Phone.start(ferry, 'anna@example.org', 'goodphone1');
    await page.goto(watch('anna@example.org'));
    await news.getByText('Waiting for the phone …').waitFor();
    assert.deepEqual(await faults(page, watch('anna@example.org')), []);
    await pictures(page, 'watch-waiting');
    await page.setViewportSize({ width: 1280, height: 800 });
    await staysOpen(async () => {
        for (const [step, command, done] of [['options', 'OPTIONS', 3], ['provision', 'Provision', 4],
            ['folders', 'FolderSync', 5], ['sync', 'Sync', 6]]) {
            assert.equal(await phone.step(step), 200);
            await page.locator('#connections code', { hasText: new RegExp(`^${command}$`) }).first().waitFor();
            await page.locator(`#steps li.is-done >> nth=${done - 1}`).waitFor();
        }
        await news.getByText('The phone is set up: it fetches mail.').waitFor();
    });
    await phone.end();
    assert.deepEqual(await faults(page, watch('anna@example.org')), []);
    await pictures(page, 'watch-done');
});

test('a sighting comes to a page that is open, and how soon is told', async () => {
    const phone = await Phone.start(ferry, 'quick@example.org', 'quickphone1');
    await page.goto(watch('quick@example.org'));
    await phone.step('options');
    await news.getByText('The phone gets in').waitFor();
    await phone.step('provision');
    const began = performance.now();
    await page.locator('#connections code', { hasText: 'Provision' }).first().waitFor();
    console.log(`# shown ${Math.round(performance.now() - began)} ms after the answer`);
    await phone.end();
});

test('no certificate: the page says so and what to do', async () => {
    const phone = await Phone.start(ferry, 'ben@example.org', 'barephone1', null);
    await page.goto(watch('ben@example.org'));
    await news.getByText('Waiting for the phone …').waitFor();
    await staysOpen(async () => {
        assert.equal(await phone.step('folders'), 403);
        await news.getByText('The phone presented no certificate.').waitFor();
        await news.getByText('Is the certificate installed?').waitFor();
    });
    await phone.end();
    assert.deepEqual(await faults(page, watch('ben@example.org')), []);
    await pictures(page, 'watch-no-certificate');
});

test('revoked while in use: the page says so', async () => {
    const phone = await Phone.start(ferry, 'cleo@example.org', 'revokedphone1');
    for (const step of ['options', 'provision', 'folders', 'sync'])
        assert.equal(await phone.step(step), 200);
    await page.goto(watch('cleo@example.org'));
    await news.getByText('The phone is set up').waitFor();
    await ferry.command('cert', 'revoke', phone.serial);
    await staysOpen(async () => {
        assert.equal(await phone.step('sync'), 403);
        await news.getByText('The certificate was revoked.').waitFor();
    });
    await phone.end();
    await page.goto(ferry.https + await addressOf('cleo@example.org'));
    await page.getByText('which is refused since').waitFor();
    assert.deepEqual(await faults(page, page.url()), []);
    await pictures(page, 'device-revoked');
});

test('the certificate of somebody else: whoever waits for the account sees it', async () => {
    const phone = await Phone.start(ferry, 'dora@example.org', 'wrongphone1', 'emil@example.org');
    await page.goto(watch('dora@example.org'));
    await staysOpen(async () => {
        assert.equal(await phone.step('folders'), 403);
        await news.getByText('The certificate is of another user').waitFor();
    });
    await phone.end();
});

test('a domain that nobody knows: the page tells it from another user', async () => {
    const phone = await Phone.start(ferry, 'NORTH\\frida', 'domainphone1', 'frida@example.org');
    await page.goto(watch('frida@example.org'));
    await staysOpen(async () => {
        assert.equal(await phone.step('folders'), 403);
        await news.getByText('has the right name, but a domain that is not known').waitFor();
    });
    await phone.end();
    await page.goto(ferry.https + await addressOf('frida@example.org'));
    await page.getByText('but the account on the phone is of NORTH\\frida').waitFor();
    assert.deepEqual(await faults(page, page.url()), []);
    await pictures(page, 'device-unknown-domain');
});

test('a good certificate and a bad request: the page does not say that the set-up goes on', async () => {
    const phone = await Phone.start(ferry, 'gerd@example.org', 'garbagephone1');
    await page.goto(watch('gerd@example.org'));
    await staysOpen(async () => {
        assert.equal(await phone.step('options'), 200);
        await news.getByText('The phone gets in').waitFor();
        assert.equal(await phone.step('garbage'), 400);
        await news.getByText('the request of the phone was refused').waitFor();
    });
    await phone.end();
    assert.deepEqual(await faults(page, watch('gerd@example.org')), []);
    await pictures(page, 'watch-request-refused');
});

test('without scripts a link looks again', async () => {
    const plain = await logIn(browser, ferry, { javaScriptEnabled: false });
    await plain.goto(`${ferry.https}/admin/devices/live`);
    await plain.getByLabel('User, as in the certificate').fill('anna@example.org');
    await plain.getByRole('button', { name: 'Watch', exact: true }).click();
    await plain.getByRole('link', { name: 'Look again' }).click();
    await plain.getByText('The phone is set up: it fetches mail.').waitFor();
    await plain.context().close();
});

const pages = {
    devices: async () => '/admin/devices',
    'devices-none': async () => '/admin/devices?search=nobody',
    device: () => addressOf('anna@example.org'),
    watch: async () => '/admin/devices/live',
    'person-with-devices': async () => '/admin/people/anna%40example.org',
    'home-with-refusals': async () => '/admin',
};
for (const [name, path] of Object.entries(pages))
    test(`${name}: no serious fault for anybody, at both sizes, light and dark`, async () => {
        const found = await faults(page, ferry.https + await path());
        await pictures(page, name);
        assert.deepEqual(found, []);
    });

test('what is typed is searched for while it is typed', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${ferry.https}/admin/devices`);
    await page.getByRole('searchbox').pressSequentially('revokedph');
    await page.getByRole('link', { name: 'anna@example.org' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'cleo@example.org' }).waitFor();
});

test('the keyboard alone comes from the list to watching a phone', async () => {
    await page.goto(`${ferry.https}/admin/devices?search=anna`);
    await tabTo(page, page.getByRole('rowheader').getByRole('link'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 2, name: 'The phone' }).waitFor();
    await tabTo(page, page.getByRole('link', { name: 'Watch the phone' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Watching the phone of anna@example.org' }).waitFor();
});

test('a device is blocked and unblocked', async () => {
    await page.goto(ferry.https + await addressOf('anna@example.org'));
    await page.getByText('Block', { exact: true }).first().click();
    await page.getByRole('button', { name: 'Block' }).click();
    await page.getByRole('status').getByText('Blocked.').waitFor();
    await page.getByRole('button', { name: 'Unblock' }).click();
    await page.getByRole('status').getByText('Unblocked.').waitFor();
});

await run();
await browser.close();
await ferry.stop();
