using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Http;

/// <summary>Copies the farm's JSON rules into ASP.NET's own options object.</summary>
internal static class FarmJsonOptions
{
    public static void CopyTo(JsonSerializerOptions target)
    {
        var farm = FarmJson.Options;
        target.AllowDuplicateProperties = farm.AllowDuplicateProperties;
        target.PropertyNamingPolicy = farm.PropertyNamingPolicy;
        target.RespectNullableAnnotations = farm.RespectNullableAnnotations;
        target.RespectRequiredConstructorParameters = farm.RespectRequiredConstructorParameters;
        foreach (var converter in farm.Converters)
            target.Converters.Add(converter);
    }
}
