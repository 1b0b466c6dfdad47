#!/usr/bin/env node
// Operators look for people: Home, the list, one person, one certificate, the CA, devices.
import assert from 'node:assert/strict';
import { launch, tabTo } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { faults, logIn, pictures } from './operator.mjs';
import { run, test } from './tap.mjs';

const ferry = await Ferry.start();
const browser = await launch();
let serial;
for (const [user, name, device] of [
    ['anna@example.org', 'Anna Schmidt', 'iPhone 15'],
    ['ben@example.org', 'Benjamin Oberhauser-Lindenberger', 'Pixel 9'],
    ['a.very.long.name.that.goes.on.and.on@an-organisation-with-a-long-name.example.org', 'Zoë Größe', 'Tablet'],
])
    serial = JSON.parse(await ferry.command('mint', user, '--name', name, '--device', device, '--json',
        '--out', ferry.file(`${user}.p12`))).serial;
await ferry.link('anna@example.org');
const page = await logIn(browser, ferry);

const pages = {
    home: () => '/admin',
    people: () => '/admin/people',
    'people-none': () => '/admin/people?search=nobody',
    'people-bad': () => '/admin/people?search=%2B%2B',
    person: () => '/admin/people/anna%40example.org',
    certificate: () => `/admin/certificates/${serial}`,
    ca: () => '/admin/ca',
    devices: () => '/admin/devices',
    audit: () => '/admin/audit',
    'audit-bad': () => '/admin/audit?from=yesterday',
    settings: () => '/admin/settings',
};

for (const [name, path] of Object.entries(pages))
    test(`${name}: no serious fault for anybody, at both sizes, light and dark`, async () => {
        const found = await faults(page, ferry.https + path());
        await pictures(page, name);
        assert.deepEqual(found, []);
    });

test('what is typed is searched for while it is typed, and stands in the address', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${ferry.https}/admin/people`);
    await page.getByRole('searchbox').pressSequentially('oberh');
    await page.getByRole('link', { name: 'ben@example.org' }).waitFor();
    await page.getByRole('link', { name: 'anna@example.org' }).waitFor({ state: 'detached' });
    assert.equal(new URL(page.url()).searchParams.get('search'), 'oberh');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
});

test('without scripts the form finds the same', async () => {
    const plain = await logIn(browser, ferry, { javaScriptEnabled: false });
    await plain.goto(`${ferry.https}/admin/people`);
    await plain.getByRole('searchbox').fill('gro');
    await plain.getByRole('button', { name: 'Search' }).click();
    assert.equal(await plain.getByRole('rowheader').count(), 1);
    await plain.context().close();
});

test('the keyboard alone comes from the list to a certificate', async () => {
    await page.goto(`${ferry.https}/admin/people?search=anna`);
    const link = page.getByRole('row').nth(1).getByRole('link').last();
    await tabTo(page, link);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Certificate' }).waitFor();
});

test('times stand in the zone of the reader', async () => {
    const far = await logIn(browser, ferry, { timezoneId: 'Pacific/Auckland' });
    await far.goto(`${ferry.https}/admin/certificates/${serial}`);
    const time = far.locator('time[title]').first();
    const shown = await time.textContent();
    const wanted = await far.evaluate((moment) => new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short',
        timeZone: 'Pacific/Auckland' }).format(new Date(moment)), await time.getAttribute('datetime'));
    assert.equal(shown, wanted);
    await far.context().close();
});

test('the help desk revokes in two clicks and a reason', async () => {
    await page.goto(`${ferry.https}/admin/certificates/${serial}`);
    await page.getByText('Revoke', { exact: true }).click();
    await page.getByLabel('Why?').selectOption('superseded');
    await page.getByRole('button', { name: 'Revoke now' }).click();
    await page.getByRole('status').getByText('Revoked.').waitFor();
    await page.getByText('Replaced by another').first().waitFor();
});

await run();
await browser.close();
await ferry.stop();
