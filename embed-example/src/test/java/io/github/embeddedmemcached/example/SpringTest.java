package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import net.spy.memcached.AddrUtil;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** The application reads the address of its memcached from a property of Spring's environment. */
@SpringJUnitConfig({MemcachedConfiguration.class, SpringTest.Application.class})
class SpringTest {
    @Configuration(proxyBeanMethods = false)
    static class Application {
        @Bean(destroyMethod = "shutdown")
        @Lazy
        MemcachedClient client(@Value("${shop.memcached}") String servers) throws Exception {
            return new MemcachedClient(AddrUtil.getAddresses(servers));
        }
    }

    @Autowired
    private EmbeddedMemcached memcached;

    @Autowired
    private MemcachedClient client;

    @BeforeEach
    void resetMemcached() {
        memcached.reset();
    }

    @Test
    void shouldConnectToTheServer() throws Exception {
        client.set("key", 60, "value").get();
        assertThat(memcached.cache().get("key")).asString().isEqualTo("value");
    }

    @Test
    void shouldBeEmptyBeforeEachTest() {
        assertThat(client.get("key")).isNull();
    }
}
