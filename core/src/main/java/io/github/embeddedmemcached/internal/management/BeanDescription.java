package io.github.embeddedmemcached.internal.management;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The attributes and operations of the MBeans of one type. Built once, by a chain of calls, and not changed afterwards.
 *
 * @param <T> the managed objects
 * @param <S> snapshots of their state, from which the values of attributes are taken
 */
public final class BeanDescription<T, S> {
    /**
     * An attribute, which can only be read.
     *
     * @param unit the unit of the value; empty if it has none
     * @param type a primitive type, or String
     */
    record Attribute<S>(String name, Class<?> type, String unit, String description, Function<S, Object> value) {}

    /**
     * An operation with no parameter or one.
     *
     * @param parameter the name of the parameter, of type long; empty if there is none
     * @param call receives the argument, or 0 if there is no parameter
     */
    record Operation<T>(
            String name,
            Class<?> type,
            String parameter,
            String description,
            BiFunction<T, Long, @Nullable Object> call) {}

    private final String type;
    private final String text;
    private final List<Attribute<S>> attributes = new ArrayList<>();
    private final List<Operation<T>> operations = new ArrayList<>();

    /**
     * Creates a description without attributes.
     *
     * @param type the key property {@code type} of the object names
     * @param text the description of the MBeans
     */
    public BeanDescription(String type, String text) {
        this.type = type;
        this.text = text;
    }

    /** Adds a text. */
    public BeanDescription<T, S> text(String name, String description, Function<S, String> value) {
        return attribute(name, String.class, "", description, value::apply);
    }

    /** Adds a condition. */
    public BeanDescription<T, S> condition(String name, String description, Function<S, Boolean> value) {
        return attribute(name, boolean.class, "", description, value::apply);
    }

    /** Adds a whole number. */
    public BeanDescription<T, S> number(String name, String unit, String description, Function<S, Long> value) {
        return attribute(name, long.class, unit, description, value::apply);
    }

    /** Adds a number with a fraction. */
    public BeanDescription<T, S> fraction(String name, String unit, String description, Function<S, Double> value) {
        return attribute(name, double.class, unit, description, value::apply);
    }

    private BeanDescription<T, S> attribute(
            String name, Class<?> valueType, String unit, String description, Function<S, Object> value) {
        attributes.add(new Attribute<>(name, valueType, unit, description, value));
        return this;
    }

    /**
     * Adds an operation.
     *
     * @param name its name
     * @param result the type of the result: a primitive type or String
     * @param parameter the name of the parameter, of type long; empty if there is none
     * @param description a phrase
     * @param call receives the argument, or 0 if there is no parameter
     */
    public BeanDescription<T, S> operation(
            String name,
            Class<?> result,
            String parameter,
            String description,
            BiFunction<T, Long, @Nullable Object> call) {
        operations.add(new Operation<>(name, result, parameter, description, call));
        return this;
    }

    String type() {
        return type;
    }

    String text() {
        return text;
    }

    List<Attribute<S>> attributes() {
        return attributes;
    }

    List<Operation<T>> operations() {
        return operations;
    }
}
