using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Http.OpenApi;

/// <summary>
/// Schemas of an OpenAPI document, from the types and rules with which <see cref="FarmJson"/> reads and writes them. Records and enums
/// become components.
/// </summary>
internal sealed class ApiSchemas(OpenApiDocument document)
{
    private static readonly Lazy<IReadOnlySet<Type>> Inputs = new(FindInputs);

    /// <summary>Returns a reference to a tag of the document.</summary>
    public OpenApiTagReference Tag(string name) => new(name, document);

    /// <summary>Content that is not JSON.</summary>
    public static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };

    /// <summary>Returns the schema of an argument.</summary>
    public IOpenApiSchema Of(FarmArgument argument)
    {
        var schema = Of(argument.Type);
        if (schema is OpenApiSchema own)
        {
            Limit(own, argument.Limits);
            own.Default = DefaultOf(argument.Default);
        }

        return schema;
    }

    /// <summary>Returns the schema of a command's JSON body.</summary>
    /// <param name="arguments">The arguments in the body.</param>
    public IOpenApiSchema OfBody(FarmCommand command, IReadOnlyList<FarmArgument> arguments) => Component(command.RequestType.Name, () =>
    {
        var properties = new Dictionary<string, IOpenApiSchema>();
        foreach (var argument in arguments)
        {
            var schema = Of(argument);
            var isNullable = argument is { IsRequired: false, Default: null };
            properties.Add(argument.Name, Described(isNullable ? OrNull(schema) : schema, argument.Help));
        }

        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = properties,
            Required = arguments.Where(argument => argument.IsRequired).Select(argument => argument.Name).ToHashSet(),
            AdditionalPropertiesAllowed = false,
        };
    });

    /// <summary>Returns the schema of a type.</summary>
    public IOpenApiSchema Of(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return OrNull(Of(underlying));
        if (Primitive(type) is { } primitive)
            return primitive;
        if (type.IsEnum)
            return Component(type.Name, () => OfEnum(type));
        var json = FarmJson.Options.GetTypeInfo(type);
        return json.Kind switch
        {
            JsonTypeInfoKind.Enumerable => new OpenApiSchema { Type = JsonSchemaType.Array, Items = Of(json.ElementType!) },
            JsonTypeInfoKind.Object => Component(type.Name, () => OfRecord(json)),
            _ => throw new InvalidOperationException($"The OpenAPI document has no schema for {type}."),
        };
    }

    private static OpenApiSchema? Primitive(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type.IsEnum => null,
        TypeCode.String => new OpenApiSchema { Type = JsonSchemaType.String },
        TypeCode.Boolean => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        TypeCode.Int32 => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
        TypeCode.Int64 => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
        TypeCode.Double => new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double" },
        _ when type == typeof(DateTimeOffset) => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        _ => null,
    };

    private static OpenApiSchema OfEnum(Type type) => new()
    {
        Type = JsonSchemaType.String,
        Description = TypeComments.Of(type),
        Enum = type.GetEnumValues().Cast<object>().Select(value => JsonSerializer.SerializeToNode(value, type, FarmJson.Options)!).ToList(),
    };

    private OpenApiSchema OfRecord(JsonTypeInfo json)
    {
        var isInput = Inputs.Value.Contains(json.Type);
        var defaults = isInput && json.Type.GetConstructor([]) is { } constructor ? constructor.Invoke([]) : null;
        var schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = TypeComments.Of(json.Type),
            Properties = new Dictionary<string, IOpenApiSchema>(),
            Required = new HashSet<string>(),
        };
        foreach (var property in json.Properties.Where(property => property.Get is not null))
        {
            var isRequired = !isInput || property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false };
            schema.Properties.Add(property.Name, OfProperty(property, isInput, isRequired, defaults));
            if (isRequired)
                schema.Required.Add(property.Name);
        }

        return schema;
    }

    private IOpenApiSchema OfProperty(JsonPropertyInfo property, bool isInput, bool isRequired, object? defaults)
    {
        var schema = Of(property.PropertyType);
        if (schema is OpenApiSchema own)
        {
            Limit(own, property.AttributeProvider!.GetCustomAttributes(inherit: true).OfType<ValidationAttribute>());
            if (!isRequired)
                own.Default = DefaultOf(property.AssociatedParameter is { } parameter
                    ? parameter.DefaultValue
                    : defaults is null ? null : property.Get!(defaults));
        }

        // In results, a number that is not known is null (NumberConverter).
        var isNullable = property.PropertyType.IsValueType
            ? !isInput && property.PropertyType == typeof(double)
            : property.IsGetNullable;
        return Described(isNullable ? OrNull(schema) : schema, TypeComments.Of(property));
    }

    private static JsonNode? DefaultOf(object? value) =>
        value is string or bool or int or long or double ? JsonSerializer.SerializeToNode(value, FarmJson.Options) : null;

    private static void Limit(OpenApiSchema schema, IEnumerable<ValidationAttribute> limits)
    {
        foreach (var limit in limits)
        {
            switch (limit)
            {
                case RangeAttribute range:
                    schema.Minimum = Convert.ToString(range.Minimum, CultureInfo.InvariantCulture);
                    schema.Maximum = Convert.ToString(range.Maximum, CultureInfo.InvariantCulture);
                    break;
                case LengthAttribute length when schema.Type is JsonSchemaType.Array:
                    (schema.MinItems, schema.MaxItems) = (length.MinimumLength, length.MaximumLength);
                    break;
                case LengthAttribute length:
                    (schema.MinLength, schema.MaxLength) = (length.MinimumLength, length.MaximumLength);
                    break;
                case RegularExpressionAttribute expression:
                    schema.Pattern = expression.Pattern;
                    break;
                default:
                    throw new InvalidOperationException($"The OpenAPI document can't express {limit.GetType().Name}.");
            }
        }
    }

    private static IOpenApiSchema OrNull(IOpenApiSchema schema)
    {
        if (schema is not OpenApiSchema own)
            return new OpenApiSchema { OneOf = [new OpenApiSchema { Type = JsonSchemaType.Null }, schema] };
        own.Type |= JsonSchemaType.Null;
        return own;
    }

    private static IOpenApiSchema Described(IOpenApiSchema schema, string? description)
    {
        schema.Description = description;
        return schema;
    }

    private OpenApiSchemaReference Component(string name, Func<OpenApiSchema> create)
    {
        if (document.Components?.Schemas?.ContainsKey(name) is not true)
            document.AddComponent(name, create());
        return new OpenApiSchemaReference(name, document);
    }

    /// <summary>Returns the records that requests contain.</summary>
    private static IReadOnlySet<Type> FindInputs()
    {
        var inputs = new HashSet<Type>();
        foreach (var argument in FarmCommands.All.Where(command => command.HasBody).SelectMany(command => command.Arguments))
            Add(argument.Type);
        return inputs;

        void Add(Type type)
        {
            var json = FarmJson.Options.GetTypeInfo(type);
            if (json.Kind == JsonTypeInfoKind.Enumerable)
                Add(json.ElementType!);
            if (json.Kind != JsonTypeInfoKind.Object || !inputs.Add(type))
                return;
            foreach (var property in json.Properties)
                Add(property.PropertyType);
        }
    }
}
