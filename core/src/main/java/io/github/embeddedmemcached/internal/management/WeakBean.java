package io.github.embeddedmemcached.internal.management;

import io.github.embeddedmemcached.internal.management.BeanDescription.Attribute;
import io.github.embeddedmemcached.internal.management.BeanDescription.Operation;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.regex.Pattern;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.Descriptor;
import javax.management.DynamicMBean;
import javax.management.ImmutableDescriptor;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import org.jspecify.annotations.Nullable;

/**
 * An MBean that refers to its target weakly. When it is accessed after the target was garbage-collected, it unregisters itself.
 *
 * <p>A registered MBean keeps the class loader of its class reachable. An application that was undeployed without having closed its
 * caches is therefore unloaded when one of its MBeans is accessed, for which {@link #removeStale} is sufficient. Rejected: a reference
 * queue, which would need a thread.
 */
final class WeakBean<T, S> implements DynamicMBean {
    private static final String DOMAIN = "io.github.embeddedmemcached";

    /** Characters that an object name allows only in quotes. */
    private static final Pattern SPECIAL = Pattern.compile("[,=:\"*?\n]");

    private final BeanDescription<T, S> description;
    private final WeakReference<T> target;
    private final Function<T, S> snapshots;
    private final MBeanServer server;
    private final AtomicBoolean registered = new AtomicBoolean();
    private volatile ObjectName objectName = ObjectName.WILDCARD; // until it is registered

    private WeakBean(BeanDescription<T, S> description, T target, Function<T, S> snapshots, MBeanServer server) {
        this.description = description;
        this.target = new WeakReference<>(target);
        this.snapshots = snapshots;
        this.server = server;
    }

    /** Registers an MBean, see {@link ManagedBeans#register}. */
    static <T, S> Runnable register(
            BeanDescription<T, S> description, String name, T target, Function<T, S> snapshots) {
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            removeStale(server);
            WeakBean<T, S> bean = new WeakBean<>(description, target, snapshots, server);
            bean.register(name);
            return bean::unregister;
        } catch (JMException | RuntimeException e) {
            ManagedBeans.log(System.Logger.Level.WARNING, "The MBean for " + name + " could not be registered.", e);
            return () -> {};
        }
    }

    /** Accesses all MBeans of this library, so that those without a target unregister themselves, also those of other class loaders. */
    private static void removeStale(MBeanServer server) throws JMException {
        for (ObjectName each : server.queryNames(new ObjectName(DOMAIN + ":*"), null)) {
            try {
                server.getMBeanInfo(each);
            } catch (InstanceNotFoundException e) {
                continue; // unregistered in the meantime
            }
        }
    }

    private void register(String name) throws JMException {
        for (int instance = 1; ; instance++) {
            try {
                objectName = server.registerMBean(this, objectName(description.type(), name, instance))
                        .getObjectName();
                registered.set(true);
                return;
            } catch (InstanceAlreadyExistsException e) {
                continue; // the next number may be free
            }
        }
    }

    static ObjectName objectName(String type, String name, int instance) throws JMException {
        String quoted = SPECIAL.matcher(name).find() ? ObjectName.quote(name) : name;
        return new ObjectName(
                DOMAIN + ":type=" + type + ",name=" + quoted + (instance == 1 ? "" : ",instance=" + instance));
    }

    private void unregister() {
        if (registered.getAndSet(false)) { // once: afterwards another cache may have the name
            try {
                server.unregisterMBean(objectName);
            } catch (InstanceNotFoundException e) {
                return; // unregistered by the application
            } catch (JMException | RuntimeException e) {
                ManagedBeans.log(System.Logger.Level.WARNING, objectName + " could not be unregistered.", e);
            }
        }
    }

    /** Returns the target; null, after unregistering this MBean, if it was garbage-collected. */
    private @Nullable T targetOrNull() {
        T present = target.get();
        if (present == null) {
            unregister();
        }
        return present;
    }

    @Override
    public Object getAttribute(String name) throws AttributeNotFoundException {
        T present = targetOrNull();
        for (Attribute<S> attribute : description.attributes()) {
            if (present != null && attribute.name().equals(name)) {
                return attribute.value().apply(snapshots.apply(present));
            }
        }
        throw new AttributeNotFoundException(present == null ? objectName + " no longer exists" : name);
    }

    @Override
    public AttributeList getAttributes(String[] names) {
        AttributeList values = new AttributeList();
        T present = targetOrNull();
        if (present != null) {
            S snapshot = snapshots.apply(present); // one for all, so that the values match each other
            for (String name : names) {
                for (Attribute<S> attribute : description.attributes()) {
                    if (attribute.name().equals(name)) {
                        values.add(new javax.management.Attribute(
                                name, attribute.value().apply(snapshot)));
                    }
                }
            }
        }
        return values;
    }

    @Override
    public void setAttribute(javax.management.Attribute attribute) throws AttributeNotFoundException {
        throw new AttributeNotFoundException(attribute.getName() + " cannot be set");
    }

    @Override
    public AttributeList setAttributes(AttributeList attributes) {
        return new AttributeList();
    }

    @Override
    public @Nullable Object invoke(String name, @Nullable Object @Nullable [] arguments, String @Nullable [] signature)
            throws ReflectionException {
        T present = targetOrNull();
        int count = arguments == null ? 0 : arguments.length; // JMX permits null for none
        for (Operation<T> operation : description.operations()) {
            if (present != null && operation.name().equals(name)) {
                boolean hasParameter = !operation.parameter().isEmpty();
                if (!hasParameter && count == 0) {
                    return operation.call().apply(present, 0L);
                }
                if (hasParameter && arguments != null && count == 1 && arguments[0] instanceof Long argument) {
                    return operation.call().apply(present, argument);
                }
            }
        }
        throw new ReflectionException(
                new NoSuchMethodException(name), present == null ? objectName + " no longer exists" : name);
    }

    @Override
    public MBeanInfo getMBeanInfo() {
        targetOrNull();
        return new MBeanInfo(
                WeakBean.class.getName(),
                description.text(),
                description.attributes().stream().map(WeakBean::info).toArray(MBeanAttributeInfo[]::new),
                null,
                description.operations().stream().map(WeakBean::info).toArray(MBeanOperationInfo[]::new),
                null);
    }

    private static MBeanAttributeInfo info(Attribute<?> attribute) {
        Descriptor units = attribute.unit().isEmpty()
                ? ImmutableDescriptor.EMPTY_DESCRIPTOR
                : new ImmutableDescriptor("units=" + attribute.unit());
        return new MBeanAttributeInfo(
                attribute.name(), attribute.type().getName(), attribute.description(), true, false, false, units);
    }

    private static MBeanOperationInfo info(Operation<?> operation) {
        MBeanParameterInfo[] parameters = operation.parameter().isEmpty()
                ? new MBeanParameterInfo[0]
                : new MBeanParameterInfo[] {
                    new MBeanParameterInfo(operation.parameter(), long.class.getName(), operation.parameter())
                };
        return new MBeanOperationInfo(
                operation.name(),
                operation.description(),
                parameters,
                operation.type().getName(),
                MBeanOperationInfo.ACTION);
    }
}
