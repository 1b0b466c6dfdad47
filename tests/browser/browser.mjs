// Chromium as a phone or a desktop, and what a person does with its keyboard.
import { chromium } from 'playwright-core';

const agents = {
    android: 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
    iphone: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    windows: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
};

// Only what never comes fails: a busy machine takes its time.
const patience = 240_000;

export function launch() {
    return chromium.launch({
        executablePath: '/usr/bin/chromium-headless-shell',
        args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update',
            '--disable-sync', '--no-first-run'],
    });
}

// A page in a context of its own: a device that has not been here before.
export async function device(browser, agent, options = {}) {
    const context = await browser.newContext({
        userAgent: agents[agent], javaScriptEnabled: false, ignoreHTTPSErrors: true, acceptDownloads: true,
        locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options,
    });
    context.setDefaultTimeout(patience);
    return context.newPage();
}

export function phone(browser, agent, options = {}) {
    return device(browser, agent, { viewport: { width: 360, height: 740 }, hasTouch: true, ...options });
}

// Types where the page itself puts the focus: a browser does so a moment after the page is there.
export async function typeAtFocus(page, text) {
    await page.locator('input:focus').waitFor();
    await page.keyboard.type(text);
}

// Presses Tab until the element has the focus, as somebody without a pointer would.
export async function tabTo(page, locator, most = 40) {
    for (let presses = 0; presses < most; presses++) {
        await page.keyboard.press('Tab');
        if (await locator.evaluate((element) => element === document.activeElement))
            return;
    }
    throw new Error(`the keyboard does not reach ${locator}`);
}
