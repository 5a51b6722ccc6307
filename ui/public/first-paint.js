// Sets theme and language before the first paint, so that no white flash appears. The page corrects both once it
// has heard the session; nothing else is kept in the browser's storage.
(function () {
  var root = document.documentElement;
  var theme = null;
  var language = null;
  try {
    theme = localStorage.getItem('theme');
    language = localStorage.getItem('language');
  } catch (error) {
    theme = null; // Storage may be denied: the system's choice is right then.
  }
  var dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  root.lang = language || (/^zh/i.test(navigator.language) ? 'zh-CN' : 'en');
})();
