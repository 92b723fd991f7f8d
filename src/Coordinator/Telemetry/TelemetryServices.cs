using Microsoft.AspNetCore.Routing;
using MlxVideo.Coordinator.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MlxVideo.Coordinator.Telemetry;

/// <summary>Composes OpenTelemetry: metrics to be scraped by Prometheus, and spans to be sent by OTLP if that is configured.</summary>
internal static class TelemetryServices
{
    /// <summary>Path of the metrics.</summary>
    public const string MetricsPath = "/metrics";

    private const string ServiceName = "mlx-video-coordinator";

    /// <summary>OpenTelemetry's standard variables for the address of a collector; without one, nothing is sent.</summary>
    private static readonly string[] Endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

    /// <summary>Registers the metrics and their exporters.</summary>
    public static void AddFarmTelemetry(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<FarmMetrics>();
        services.AddSingleton<BlobStoreMetrics>();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                ServiceName, serviceVersion: typeof(TelemetryServices).Assembly.GetName().Version?.ToString(3),
                autoGenerateServiceInstanceId: false))
            .WithMetrics(metrics => metrics
                .AddMeter(FarmMetrics.MeterName)
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());
        if (Endpoints.Any(name => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(name))))
            telemetry.WithTracing(traces => traces.AddSource(AttemptSpans.SourceName).AddOtlpExporter());
    }

    /// <summary>Maps <c>/metrics</c>.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        routes.ServiceProvider.GetRequiredService<BlobStoreMetrics>(); // nothing else needs it
        routes.MapPrometheusScrapingEndpoint(MetricsPath).WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
    }
}
