package io.github.embeddedmemcached.example;

import io.github.embeddedmemcached.EmbeddedMemcached;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.DynamicPropertyRegistrar;

/** Defines the server as a bean of the test context. Spring shares the context between test classes and closes it at the end. */
@Configuration(proxyBeanMethods = false)
class MemcachedConfiguration {
    @Bean
    EmbeddedMemcached memcached() {
        return EmbeddedMemcached.start();
    }

    @Bean
    DynamicPropertyRegistrar memcachedProperties(EmbeddedMemcached memcached) {
        return registry -> registry.add("shop.memcached", memcached::connectionString);
    }
}
