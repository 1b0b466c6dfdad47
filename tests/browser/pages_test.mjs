#!/usr/bin/env node
// Every public page as Chromium draws it: no wider than the smallest screen, light and dark, under 20 kB, one
// request but its icon, no serious finding of axe-core, and everything reached by the keyboard with a visible focus.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { launch, phone } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { run, test } from './tap.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const widths = [320, 360, 1280];
const guides = ['ios', 'android', 'android-old', 'windows-phone', 'windows', 'macos', 'firefox', 'chromeos'];

// name -> a function that brings a fresh page there
function places(ferry) {
    const list = {
        'CA page': (page) => page.goto(ferry.http),
        'link page': async (page) => page.goto((await ferry.link('ann@example.com')).url),
        'unknown link': (page) => page.goto(`${ferry.https}/l/aaaaaaaaaaaaaaaaaaaaaaaaaa`),
        'not found': (page) => page.goto(`${ferry.http}/nothing`),
        'wrong PIN': (page) => postPin(page, ferry, (pin) => (pin === '000000' ? '111111' : '000000')),
        'malformed PIN': (page) => postPin(page, ferry, () => '12'),
        claimed: (page) => postPin(page, ferry, (pin) => pin),
        cancelled: async (page) => {
            const link = await ferry.link('ann@example.com');
            await ferry.command('link', 'cancel', link.id);
            await page.goto(link.url);
        },
    };
    for (const guide of guides)
        list[`guide ${guide}`] = (page) => page.goto(`${ferry.http}/guide/${guide}`);
    return list;
}

async function postPin(page, ferry, change) {
    const link = await ferry.link('ann@example.com', '--name', 'Ann-Kathrin Example-Longsurname');
    await page.goto(link.url);
    await page.getByLabel('PIN').fill(change(link.pin));
    const answer = page.waitForEvent('load');
    await page.keyboard.press('Enter');
    await answer;
}

async function overflow(page) {
    return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

async function findings(page) {
    await page.addScriptTag({ path: axe });
    const result = await page.evaluate(() => globalThis.axe.run());
    return result.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

// Elements that take the focus and look the same with it.
async function invisibleFocus(page) {
    const lost = [];
    for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate(() => {
            const element = document.activeElement;
            if (element === document.body)
                return null;
            const style = getComputedStyle(element);
            const visible = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
            return visible ? '' : element.outerHTML.slice(0, 120);
        });
        if (seen === null)
            return lost;
        if (seen !== '')
            lost.push(seen);
    }
    return lost;
}

// The tests of one place look at the same page: it is brought there once.
function describe(name, bring) {
    let page;
    let bytes = 0;

    test(`${name}: is at most 20 kB`, async ({ browser }) => {
        page = await phone(browser, 'android', { javaScriptEnabled: true, bypassCSP: true });
        const bodies = [];
        page.on('response', (response) => {
            if (response.request().isNavigationRequest())
                bodies.push(response.body().catch(() => ''));
        });
        await bring(page);
        bytes = Math.max(...(await Promise.all(bodies)).map((body) => body.length));
        assert.ok(bytes > 0 && bytes <= 20 * 1024, `${bytes} bytes`);
    });
    test(`${name}: fits every screen`, async () => {
        for (const width of widths) {
            await page.setViewportSize({ width, height: 740 });
            const over = await overflow(page);
            assert.ok(over <= 0, `wider than ${width} px by ${over}`);
        }
    });
    test(`${name}: fits the smallest screen in German, whose words are longer`, async ({ browser }) => {
        const german = await phone(browser, 'android', { locale: 'de-DE', javaScriptEnabled: true, bypassCSP: true,
            viewport: { width: 320, height: 640 } });
        await bring(german);
        assert.equal(await german.locator('html').getAttribute('lang'), 'de');
        const over = await overflow(german);
        await german.context().close();
        assert.ok(over <= 0, `wider than 320 px by ${over}`);
    });
    test(`${name}: axe-core has no serious finding, light or dark`, async () => {
        for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });
            assert.deepEqual(await findings(page), [], colorScheme);
        }
    });
    test(`${name}: the keyboard's focus is visible`, async () => {
        assert.deepEqual(await invisibleFocus(page), []);
        await page.context().close();
    });
}

test('a long name beside a wide logo fits the smallest screen', async ({ browser }) => {
    const folder = await mkdtemp(join(tmpdir(), 'certferry-logo-'));
    const logo = join(folder, 'logo.svg');
    await writeFile(logo, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 32"><rect width="300" height="32"/></svg>');
    const other = await Ferry.start({ CERTFERRY_ORGANISATION_LOGO: logo,
        CERTFERRY_ORGANISATION_NAME: 'Landesoberbehördenversorgungsamt'.repeat(2) });
    const page = await phone(browser, 'android', { viewport: { width: 320, height: 640 } });
    await page.goto(other.http);
    const over = await overflow(page);
    await page.context().close();
    await other.stop();
    await rm(folder, { recursive: true });
    assert.ok(over <= 0, `wider than 320 px by ${over}`);
});

test('the page with a link is one request but its icon', async ({ ferry, browser }) => {
    const page = await phone(browser, 'android');
    const requests = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    const link = await ferry.link('ann@example.com');
    await page.goto(link.url, { waitUntil: 'networkidle' });
    assert.deepEqual(requests.filter((path) => !/icon|logo/.test(path)), [new URL(link.url).pathname]);
    assert.ok(requests.length <= 2, requests.join(' '));
    await page.context().close();
});

test('a phone that asks for http where https is needed is sent there', async ({ ferry, browser }) => {
    const link = await ferry.link('ann@example.com');
    const page = await phone(browser, 'android');
    await page.goto(ferry.http + new URL(link.url).pathname);
    await page.getByLabel('PIN').waitFor();
    assert.ok(page.url().startsWith(ferry.https));
    await page.context().close();
});

const ferry = await Ferry.start();
const browser = await launch();
for (const [name, bring] of Object.entries(places(ferry)))
    describe(name, bring);
try {
    await run({ ferry, browser });
} finally {
    await browser.close();
    await ferry.stop();
}
