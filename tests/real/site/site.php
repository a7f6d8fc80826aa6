<?php
/**
 * WordPress as Debian installs it, with the test's own settings, database and content. This file is to `php -S` and to
 * command.php what /usr/share/wordpress/wp-config.php and index.php are to Apache. It takes its settings from the
 * environment.
 */
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('SITE_SOCKET'));
define('WP_HOME', getenv('SITE_URL'));
define('WP_SITEURL', getenv('SITE_URL'));
// Without plugins and themes, and outside /var/lib/wordpress.
define('WP_CONTENT_DIR', getenv('SITE_CONTENT'));
// A site of this type takes application passwords without TLS.
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('ABSPATH', '/usr/share/wordpress/');
$table_prefix = 'wp_';
require ABSPATH . 'wp-settings.php';

if (PHP_SAPI === 'cli-server') {
    wp();
    http_response_code(404);
}
