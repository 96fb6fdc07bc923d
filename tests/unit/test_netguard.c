/* test_netguard.c - addresses that people give: which texts are addresses, and which addresses are the internet's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "platform/netguard.h"
#include "platform/phone.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* ---- texts ---- */

static void an_address_is_taken_apart(void **state)
{
    static const struct {
        const char *url, *host, *origin;
        int port;
    } cases[] = {
        { "https://push.example/send/abc", "push.example", "https://push.example", 443 },
        { "HTTPS://Push.Example", "push.example", "https://push.example", 443 },
        { "https://push.example:8443?x=@", "push.example", "https://push.example:8443", 8443 },
        { "https://push.example:443/", "push.example", "https://push.example", 443 },
        { "https://[2001:db8::1]:8443/x", "2001:db8::1", "https://[2001:db8::1]:8443", 8443 },
        { "https://192.0.2.1/x", "192.0.2.1", "https://192.0.2.1", 443 },
        { "https://a.b.c.xn--p1ai/x?y=%20", "a.b.c.xn--p1ai", "https://a.b.c.xn--p1ai", 443 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct netguard_url u;
        assert_null(netguard_url(cases[i].url, &u));
        assert_string_equal(u.host, cases[i].host);
        assert_string_equal(u.origin, cases[i].origin);
        assert_int_equal(u.port, cases[i].port);
    }
}

static void what_is_no_plain_address_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "http://push.example/",
        "ftp://push.example/",
        "file:///etc/passwd",
        "https:push.example",
        "https://",
        "https:///x",
        "https://user@push.example/",
        "https://push.example@10.0.0.1/",
        "https://push.example:/",
        "https://push.example:0/",
        "https://push.example:65536/",
        "https://push.example:443443443443/",
        "https://push.example:44x/",
        "https://push.example:0000004430/",
        "https://localhost/",
        "https://intranet/",
        "https://push.example./",
        "https://.push.example/",
        "https://push..example/",
        "https://push example/",
        "https://push.example/\r\nHost: inside",
        "https://push.example/\tx",
        "https://push.example\\@10.0.0.1/",
        "https://push.example/#x",
        "https://p\xc3\xbcsh.example/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://127.0.0.0x1/",
        "https://010.0.0.01/",
        "https://[::1/",
        "https://[::1]x/",
        "https://[push.example]/",
        "https://[fe80::1%25eth0]/",
    };
    struct netguard_url u;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (netguard_url(bad[i], &u) == NULL) {
            fail_msg("%s was taken", bad[i]);
        }
    }
    char longest[NETGUARD_URL + 2];
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "https://push.example/", 21);
    longest[NETGUARD_URL + 1] = '\0';
    assert_non_null(netguard_url(longest, &u));
    longest[NETGUARD_URL] = '\0';
    assert_null(netguard_url(longest, &u));
}

/* ---- addresses ---- */

union any {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static union any address(const char *text)
{
    union any a = { .any.sa_family = AF_UNSPEC };
    if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) {
        a.v4.sin_family = AF_INET;
    } else if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1) {
        a.v6.sin6_family = AF_INET6;
    } else {
        fail_msg("%s", text);
    }
    return a;
}

static void the_internets_addresses_are_public(void **state)
{
    static const char *const open[] = { "1.1.1.1",        "8.8.8.8",        "100.63.255.255",   "100.128.0.0",
                                        "172.15.255.255", "172.32.0.0",     "192.167.255.255",  "169.253.255.255",
                                        "198.17.255.255", "198.20.0.0",     "223.255.255.255",  "2606:4700::1111",
                                        "2a00:1450::1",   "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2001:200::1" };
    (void)state;
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        union any a = address(open[i]);
        if (!netguard_public(&a.any)) {
            fail_msg("%s is refused", open[i]);
        }
    }
}

static void all_others_are_not(void **state)
{
    static const char *const closed[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "5f00::1",
        "4000::1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        union any a = address(closed[i]);
        if (netguard_public(&a.any)) {
            fail_msg("%s is let through", closed[i]);
        }
    }
    struct sockaddr local = { .sa_family = AF_UNIX };
    assert_false(netguard_public(&local));
}

static bool listed(const char *networks, const char *text)
{
    union any a = address(text);
    return netguard_listed(networks, &a.any);
}

static void a_list_opens_the_networks_that_it_names(void **state)
{
    char wrong[32];
    (void)state;
    assert_true(listed("10.1.2.0/24 ::1", "10.1.2.255"));
    assert_false(listed("10.1.2.0/24 ::1", "10.1.3.0"));
    assert_true(listed("10.1.2.0/24 ::1", "::1"));
    assert_false(listed("10.1.2.0/24 ::1", "::2"));
    assert_true(listed("10.1.2.0/24", "::ffff:10.1.2.3"));
    assert_true(listed("192.168.7.9", "192.168.7.9"));
    assert_false(listed("192.168.7.9", "192.168.7.8"));
    assert_true(listed("fd00::/9", "fd7f::1"));
    assert_false(listed("fd00::/9", "fd80::1"));
    assert_false(listed("", "10.0.0.1"));
    assert_false(listed("nonsense 10.0.0.0/33 10.0.0.0/x /8", "10.0.0.1"));
    assert_true(netguard_networks_fit(" 10.0.0.0/8,::1 ", wrong));
    assert_true(netguard_networks_fit("", wrong));
    assert_false(netguard_networks_fit("10.0.0.0/8 10.0.0.0/33", wrong));
    assert_string_equal(wrong, "10.0.0.0/33");
}

/* ---- telephone numbers ---- */

static void a_number_is_taken_as_people_write_it(void **state)
{
    static const struct {
        const char *typed, *number;
    } good[] = {
        { "+49 (151) 123-456 78", "+4915112345678" },
        { "0049 151 12345678", "+4915112345678" },
        { " +1.212.555.0100 ", "+12125550100" },
        { "+123456789012345", "+123456789012345" },
    };
    static const char *const bad[] = { "",
                                       "+",
                                       "0151 12345678",
                                       "+49",
                                       "+1234567",
                                       "+1234567890123456",
                                       "+0123456789",
                                       "+49151x2345678",
                                       "++4915112345678",
                                       "+4915112345678;",
                                       "+49151123\n45678" };
    char number[PHONE_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(phone_parse(good[i].typed, number));
        assert_string_equal(number, good[i].number);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (phone_parse(bad[i], number)) {
            fail_msg("%s was taken as %s", bad[i], number);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_taken_apart),
        cmocka_unit_test(what_is_no_plain_address_is_refused),
        cmocka_unit_test(the_internets_addresses_are_public),
        cmocka_unit_test(all_others_are_not),
        cmocka_unit_test(a_list_opens_the_networks_that_it_names),
        cmocka_unit_test(a_number_is_taken_as_people_write_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
