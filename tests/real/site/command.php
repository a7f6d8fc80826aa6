<?php
/**
 * Things of the site that a test needs beside its REST API, by WordPress' own functions. Prints JSON.
 *
 *   install           sets the site up, with the administrator `operator`
 *   password LOGIN    an application password of this user
 *   write USER        a published post of the user with this number
 *   read POST         author and status of the post with this number
 *   connected         an update, and a deletion without `reassign`, as a site does them that Jetpack connects to
 *                     WordPress.com: Jetpack calls `wp_update_user`, and `wp_delete_user` with the number 0
 */
[, $command, $about] = $argv + ['', '', ''];
if ($command === 'install') {
    define('WP_INSTALLING', true);
}
require __DIR__ . '/site.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/user.php';

function install() {
    global $wp_rewrite, $wp_version;
    wp_install('Mortise', 'operator', 'operator@example.com', false, '', wp_generate_password());
    $wp_rewrite->set_permalink_structure('/%postname%/');
    return ['version' => $wp_version];
}

function password($login) {
    return WP_Application_Passwords::create_new_application_password(get_user_by('login', $login)->ID, ['name' => 'mortise'])[0];
}

function write($user) {
    return wp_insert_post(['post_title' => 'Hello', 'post_status' => 'publish', 'post_author' => $user]);
}

function read($post) {
    return ['author' => (int) get_post($post)->post_author, 'status' => get_post($post)->post_status];
}

function connected() {
    $user = wp_insert_user(['user_login' => 'leaver', 'user_pass' => wp_generate_password(), 'first_name' => 'Lea', 'last_name' => 'Ver']);
    wp_update_user(['ID' => $user, 'first_name' => '', 'display_name' => 'Lea V.']);
    $changed = get_userdata($user);
    // Read before the deletion, which also deletes the names.
    $names = [$changed->display_name, $changed->first_name, $changed->last_name];
    $post = write($user);
    wp_delete_user($user, 0);
    return ['roles' => array_keys(wp_roles()->get_names()), 'names' => $names, 'is_gone' => get_userdata($user) === false, 'post' => read($post)];
}

echo json_encode($command($about)), "\n";
