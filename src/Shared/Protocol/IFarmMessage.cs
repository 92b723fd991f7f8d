namespace MlxVideo.Shared.Protocol;

/// <summary>A message between coordinator and worker. Only these, and Akka's own, travel on the cluster's wire.</summary>
public interface IFarmMessage;
