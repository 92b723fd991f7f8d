using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MlxVideo.Shared.Json;

namespace MlxVideo.Shared.Stages;

/// <summary>Serializes stages as farm JSON, with the stage kind's id as the discriminator <c>kind</c>.</summary>
public static class StageJson
{
    private static readonly JsonSerializerOptions Options = Create();

    public static string Serialize(Stage stage) => JsonSerializer.Serialize(stage, Options);

    /// <summary>Deserializes a stage.</summary>
    /// <exception cref="JsonException">The text is not a stage of a registered kind.</exception>
    public static Stage Deserialize(string json) =>
        JsonSerializer.Deserialize<Stage>(json, Options) ?? throw new JsonException("The stage is null.");

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(FarmJson.Options)
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { AddKinds } },
        };
        options.MakeReadOnly();
        return options;
    }

    private static void AddKinds(JsonTypeInfo type)
    {
        if (type.Type != typeof(Stage))
            return;
        type.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "kind" };
        foreach (var kind in StageKinds.All)
            type.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(kind.StageType, kind.Id));
    }
}
